//! One tag of a template, `{{...}}`: where it ends and what kind it is.

/// A tag.
pub(super) struct Tag<'t> {
    /// The character that makes it more than a value.
    pub(super) sigil: Option<char>,
    pub(super) inner: &'t str,
    /// Its bytes, braces included.
    pub(super) length: usize,
}

/// Reads one tag at the start of `text`, which begins with `{{`.
pub(super) fn tag(text: &str) -> Option<Tag<'_>> {
    if let Some(inner) = text.strip_prefix("{{{")
        && let Some(end) = inner.find("}}}")
    {
        return Some(Tag { sigil: None, inner: inner.get(..end)?.trim(), length: 3 + end + 3 });
    }
    let inner = text.get(2..)?;
    let end = close(inner)?;
    let body = inner.get(..end)?;
    let length = 2 + end + 2;
    let trimmed = body.trim();
    let sigil = trimmed.chars().next().filter(|c| matches!(c, '#' | '^' | '/' | '!' | '>' | '='));
    let inner = match sigil {
        Some(c) => trimmed.get(c.len_utf8()..)?.trim(),
        None => trimmed.strip_prefix('&').unwrap_or(trimmed).trim(),
    };
    Some(Tag { sigil, inner, length })
}

/// The offset of the `}}` that closes a tag, minding quotes and nested braces of an expression.
fn close(inner: &str) -> Option<usize> {
    let plain = inner.find("}}")?;
    if !inner.get(..plain)?.contains(['\'', '"', '{']) {
        return Some(plain);
    }
    let mut quote = None;
    let mut depth = 0usize;
    let mut chars = inner.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), '\\') => {
                chars.next();
            }
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') if depth > 0 => depth -= 1,
            (None, '}') if chars.peek().is_some_and(|(_, next)| *next == '}') => return Some(at),
            (None, _) => {}
        }
    }
    Some(plain)
}
