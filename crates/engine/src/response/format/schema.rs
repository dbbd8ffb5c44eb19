//! What a format needs beside the bytes: a schema's text, a selector, a heading.

use capstan_plan::Format;

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

/// The file a declared schema names, without `#Message`; `None` for formats whose schema is a selector or of no use.
#[must_use]
pub(crate) fn schema_file(format: Format, declared: &str) -> Option<&str> {
    match format {
        Format::Avro => Some(declared.trim()),
        Format::Protobuf => Some(declared.split('#').next().unwrap_or(declared).trim()),
        Format::Json
        | Format::Xml
        | Format::Yaml
        | Format::Csv
        | Format::Tsv
        | Format::Psv
        | Format::Html
        | Format::Markdown
        | Format::Text
        | Format::Binary => None,
    }
}
