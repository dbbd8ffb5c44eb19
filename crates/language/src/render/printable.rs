//! Owns what of an author's text may reach a terminal.

/// Text that is safe to echo to a terminal: control characters other than a line break are left out.
#[must_use]
pub fn printable(text: &str) -> std::borrow::Cow<'_, str> {
    if text.chars().any(is_hidden) {
        return text.chars().filter(|c| !is_hidden(*c)).collect::<String>().into();
    }
    text.into()
}

/// Controls, and the marks that reorder the text around them.
fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
