//! What a format needs beside the bytes: a schema's text, a selector, a heading.

/// What a format needs beside the bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schema<'a> {
    /// As declared: a file's path (for Protobuf possibly with `#Message`), a CSS selector or a heading.
    pub(crate) name: &'a str,
    /// The file's text; the same as `name` for selectors and headings.
    pub(crate) text: &'a str,
}

impl<'a> Schema<'a> {
    /// A filter that is its own text.
    #[must_use]
    pub(crate) fn inline(text: &'a str) -> Self {
        Self { name: text, text }
    }
}
