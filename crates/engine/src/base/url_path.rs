//! Paths of URLs as text: joining them, and whether one leads out of its place once a server has decoded it.

use std::borrow::Cow;

/// How often a path is decoded while looking for dots: servers behind proxies decode twice, and nobody means more than that.
const ROUNDS: usize = 4;

/// Joins base and path: one slash between them, an empty path changes nothing. A custom verb (`:search`) stands right behind what
/// it is of.
pub(crate) fn join(base: &str, path: &str) -> String {
    let mut out = String::with_capacity(base.len() + path.len() + 1);
    if let Some(verb) = path.strip_prefix('/').filter(|rest| rest.starts_with(':'))
        && !base.trim_end_matches('/').is_empty()
    {
        out.push_str(base.trim_end_matches('/'));
        out.push_str(verb);
        return out;
    }
    out.push_str(base);
    if base.ends_with('/') && path.starts_with('/') {
        out.pop();
    } else if !path.is_empty() && !base.ends_with('/') && !path.starts_with('/') {
        out.push('/');
    }
    out.push_str(path);
    out
}

/// Whether a common server would read a segment of this path as `.` or `..`: encoded once or more, behind an encoded slash or a
/// backslash, with path parameters behind it, in an overlong or full-width form. Encoding the dots does not help: `%2E%2E` means
/// `..` to a URL parser (WHATWG URL, "double-dot URL path segment").
pub(crate) fn traverses(path: &str) -> bool {
    let mut path = Cow::Borrowed(path.as_bytes());
    if !path.iter().any(|byte| matches!(byte, b'.' | b'%' | 0x80..)) {
        return false;
    }
    for _ in 0..ROUNDS {
        if path.split(|byte| matches!(byte, b'/' | b'\\')).any(is_dots) {
            return true;
        }
        let Some(decoded) = decoded(&path) else { return false };
        path = Cow::Owned(decoded);
    }
    // Encoded more often than that: whoever sends it hides something.
    true
}

/// Whether a segment is `.` or `..` to a server that cuts off parameters, or what it takes for the end of the name.
fn is_dots(segment: &[u8]) -> bool {
    let end = segment.iter().position(|byte| matches!(byte, b';' | b'?' | b'#' | 0)).unwrap_or(segment.len());
    let name = segment.get(..end).unwrap_or_default().trim_ascii();
    matches!(name, b"." | b"..")
}

/// The path decoded once more; nothing when there is nothing to decode.
fn decoded(path: &[u8]) -> Option<Vec<u8>> {
    if !path.iter().any(|byte| matches!(byte, b'%' | 0x80..)) {
        return None;
    }
    let mut out = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((first, behind)) = rest.split_first() {
        let (byte, behind) = escape(rest).or_else(|| disguise(rest)).unwrap_or((Read::Byte(*first), behind));
        match byte {
            Read::Byte(byte) => out.push(byte),
            Read::TwoDots => out.extend(b".."),
        }
        rest = behind;
    }
    (out != path).then_some(out)
}

/// What stands at the beginning of a text.
enum Read {
    Byte(u8),
    TwoDots,
}

/// `%2e`, and `%u002e` as some servers have it.
fn escape(text: &[u8]) -> Option<(Read, &[u8])> {
    let rest = text.strip_prefix(b"%")?;
    let hex = |digits: &[u8]| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
    if let Some(wide) = rest.strip_prefix(b"u").or_else(|| rest.strip_prefix(b"U")) {
        let code = wide.get(..4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit)).and_then(hex)?;
        let mut buffer = [0; 4];
        let text = char::from_u32(code)?.encode_utf8(&mut buffer);
        let read = match disguise(text.as_bytes()) {
            Some((read, _)) => read,
            None => Read::Byte(*text.as_bytes().first().filter(|_| code < 0x80)?),
        };
        return Some((read, wide.get(4..).unwrap_or_default()));
    }
    let code = rest.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit)).and_then(hex)?;
    Some((Read::Byte(u8::try_from(code).ok()?), rest.get(2..).unwrap_or_default()))
}

/// What some decoders take for an ASCII character: overlong UTF-8, and full-width and leader forms of dots and slashes.
fn disguise(text: &[u8]) -> Option<(Read, &[u8])> {
    Some(match text {
        [0xC0, low @ 0x80..=0xBF, rest @ ..]
        | [0xE0, 0x80, low @ 0x80..=0xBF, rest @ ..]
        | [0xF0, 0x80, 0x80, low @ 0x80..=0xBF, rest @ ..] => (Read::Byte(low & 0x3F), rest),
        [0xC1, low @ 0x80..=0xBF, rest @ ..] | [0xE0, 0x81, low @ 0x80..=0xBF, rest @ ..] => {
            (Read::Byte(0x40 | (low & 0x3F)), rest)
        }
        [0xEF, 0xBC, 0x8E, rest @ ..] | [0xE2, 0x80, 0xA4, rest @ ..] => (Read::Byte(b'.'), rest),
        [0xE2, 0x80, 0xA5, rest @ ..] => (Read::TwoDots, rest),
        [0xEF, 0xBC, 0x8F, rest @ ..] => (Read::Byte(b'/'), rest),
        [0xEF, 0xBC, 0xBC, rest @ ..] => (Read::Byte(b'\\'), rest),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_found_however_they_are_written() {
        for path in [
            "..",
            ".",
            "/a/../b",
            "/a/./b",
            "/%2e%2e/",
            "/%2E./x",
            "/a%2F..%2Fb",
            "/..%5cadmin",
            "/..\\admin",
            "/%252e%252e/",
            "/%25252e%25252e/",
            "/..;/x",
            "/..;a=b/x",
            "/..%3Bx/",
            "/..%00/",
            "/..%20/x",
            "/..%09",
            "/..%3fx",
            "/..%23x",
            "/%c0%ae%c0%ae/",
            "/%c0%ae%c0%ae%c0%afadmin",
            "/..%c0%afadmin",
            "/..%c1%9cadmin",
            "/%e0%80%ae%e0%80%ae/",
            "/%f0%80%80%ae./",
            "/%u002e%u002e/",
            "/..%u2215x/../",
            "/%uff0e%uff0e%uff0fadmin",
            "/%EF%BC%8E%EF%BC%8E/",
            "/\u{2025}/x",
            "/\u{2024}\u{2024}/x",
            "/%2525252525252e",
        ] {
            assert!(traverses(path), "{path}");
        }
    }

    #[test]
    fn names_with_dots_are_names() {
        for path in [
            "",
            "/",
            "/a.b/c..d",
            "/.well-known/x",
            "/...",
            "/..a",
            "/a..",
            "/v1.0/items",
            "/caf%C3%A9/x.y",
            "/a%2Fb%20c",
            "/100%25",
            "/50%2525",
            "/owner%2Frepo.git",
            "/a;b=..",
            "/%zz",
            "/\u{65e5}\u{672c}.txt",
            "/a%3Fb=..",
        ] {
            assert!(!traverses(path), "{path}");
        }
    }
}
