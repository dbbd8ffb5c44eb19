//! Percent- and form-encoding of values.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but RFC 3986 unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A value within one path segment: it cannot leave it. Whether a whole segment would traverse is for who joins them to check.
pub(crate) fn path(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

/// Appends a form-encoded name or value.
pub(crate) fn form(out: &mut String, value: &str) {
    out.extend(url::form_urlencoded::byte_serialize(value.as_bytes()));
}

/// A literal piece of path with what cannot stand in a URL encoded; everything else as it is.
pub(crate) fn literal_path(text: &str) -> std::borrow::Cow<'_, str> {
    const ILLEGAL: &AsciiSet = &percent_encoding::CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b'#')
        .add(b'<')
        .add(b'>')
        .add(b'?')
        .add(b'\\')
        .add(b'^')
        .add(b'`')
        .add(b'{')
        .add(b'|')
        .add(b'}');
    utf8_percent_encode(text, ILLEGAL).into()
}

/// A cookie value: what RFC 6265 does not allow is percent-encoded.
pub(crate) fn cookie(text: &str) -> std::borrow::Cow<'_, str> {
    const ILLEGAL: &AsciiSet = &percent_encoding::CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'\\');
    utf8_percent_encode(text, ILLEGAL).into()
}

/// XML text or attribute value.
pub(crate) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' | '\n' | '\r' | ' '.. => out.push(c),
            // Other control characters cannot stand in XML 1.0 at all.
            _ => out.push('\u{FFFD}'),
        }
    }
    out
}
