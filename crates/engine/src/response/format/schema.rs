//! What a format needs beside the bytes: a compiled schema, a selector, a heading.

/// What a format needs beside the bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Schema<'a> {
    /// A CSS selector (HTML) or a heading (Markdown).
    Filter(&'a str),
    /// An Avro schema.
    Avro(&'a apache_avro::Schema),
    /// A Protocol Buffers message.
    Protobuf(&'a prost_reflect::MessageDescriptor),
}

impl<'a> Schema<'a> {
    /// The selector or heading, when that is what it is.
    pub(crate) fn filter(self) -> Option<&'a str> {
        if let Self::Filter(text) = self { Some(text) } else { None }
    }
}
