//! Owns finding the quote an author forgot to close: the parser reads on and stops far behind it.
//! It is a guess over lines, made only once the text is known to be broken.

/// How far back a quote is looked for.
const MAX_LINES: usize = 500;

/// A quote that is open at the end of its line.
pub(super) struct Open {
    /// Where the quote stands.
    pub(super) start: usize,
    /// The end of what is written on its line.
    pub(super) end: usize,
    /// The quote itself.
    pub(super) quote: &'static str,
    /// Nothing on the line looks as if it stood behind the text: the closing quote belongs at its end.
    pub(super) ends_value: bool,
}

/// The last line up to the one of `at` that leaves a quote open.
pub(super) fn left_open(text: &str, at: usize) -> Option<Open> {
    let line_end = text.get(at..)?.find('\n').map_or(text.len(), |n| at + n);
    // The line of the error may be the one that closes the quote: it counts only when the quote opens there.
    let here = text.get(..line_end)?;
    let mut end = here.len();
    let mut lines = here.rsplit('\n');
    let last = lines.next()?;
    let found = in_line(last, end - last.len()).filter(|open| open.start <= at);
    if let Some(open) = found.filter(|open| open.start == at) {
        return Some(open);
    }
    end -= last.len();
    for line in lines.take(MAX_LINES) {
        end = end.saturating_sub(1);
        let start = end - line.len();
        if let Some(open) = in_line(line, start) {
            return Some(open);
        }
        end = start;
    }
    None
}

/// The quote a line opens, where a value can begin, and does not close.
fn in_line(line: &str, start: usize) -> Option<Open> {
    let bytes = line.as_bytes();
    let mut before = b' ';
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'#' if at == 0 || bytes.get(at - 1) == Some(&b' ') => return None,
            b'"' | b'\'' if matches!(before, b' ' | b':' | b'-' | b'[' | b'{' | b',') => {
                let quote = *byte;
                match closing(bytes, at + 1, quote) {
                    Some(end) => at = end,
                    None => return Some(open(line, start, at, quote)),
                }
                before = quote;
            }
            b' ' | b'\t' => {}
            other => before = *other,
        }
        at += 1;
    }
    None
}

fn open(line: &str, start: usize, at: usize, quote: u8) -> Open {
    let written = line.trim_end();
    let value = written.get(at + 1..).unwrap_or_default();
    Open {
        start: start + at,
        end: start + written.len().max(at + 1),
        quote: if quote == b'"' { "\"" } else { "'" },
        ends_value: !value.contains([',', '}', ']', '#']),
    }
}

/// Where the quote is closed on the same line.
fn closing(bytes: &[u8], mut at: usize, quote: u8) -> Option<usize> {
    while let Some(byte) = bytes.get(at) {
        match (*byte, quote) {
            (b'\\', b'"') => at += 1,
            (b'\'', b'\'') if bytes.get(at + 1) == Some(&b'\'') => at += 1,
            (byte, quote) if byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}
