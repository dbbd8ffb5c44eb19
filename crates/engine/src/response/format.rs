//! Decodes an upstream's bytes into JSON, by declared format. Owns charsets, limits and the error. Does not read files
//! (the caller supplies compiled schemas), does not guess a format from a content type and does not map.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use capstan_plan::Format;
use serde_json::Value;

mod avro;
mod avro_container;
mod budget;
mod charset;
mod csv;
mod html;
pub(crate) mod json;
mod markdown;
mod protobuf;
mod xml;
mod yaml;

use budget::Budget;

/// How deep a decoded value may nest.
const MAX_DEPTH: usize = 100;

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
    fn filter(self) -> Option<&'a str> {
        if let Self::Filter(text) = self { Some(text) } else { None }
    }
}

/// Bytes that are not what their format says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FormatError {
    /// The format expected.
    pub format: Format,
    /// What is wrong.
    pub message: String,
    /// Where it is, when the format has places.
    pub place: Option<Place>,
}

/// A place in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A line and a column, from 1.
    Line {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// An offset in bytes, from 0.
    Byte(usize),
}

impl FormatError {
    fn new(format: Format, message: impl Into<String>) -> Self {
        Self { format, message: message.into(), place: None }
    }

    fn at_line(mut self, line: usize, column: usize) -> Self {
        self.place = Some(Place::Line { line: line.max(1), column: column.max(1) });
        self
    }

    fn at_byte(mut self, offset: usize) -> Self {
        self.place = Some(Place::Byte(offset));
        self
    }

    /// Places the error at a byte offset of a text, as line and column.
    fn in_text(self, text: &str, offset: usize) -> Self {
        let before = text.as_bytes().get(..offset.min(text.len())).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column =
            before.iter().rev().take_while(|byte| **byte != b'\n').filter(|byte| **byte & 0xC0 != 0x80).count() + 1;
        self.at_line(line, column)
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not readable as {}: {}", name(self.format), self.message)?;
        match self.place {
            Some(Place::Line { line, column }) => write!(f, " (line {line}, column {column})"),
            Some(Place::Byte(offset)) => write!(f, " (byte {offset})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for FormatError {}

/// A format's name as people write it.
#[must_use]
pub(crate) fn name(format: Format) -> &'static str {
    match format {
        Format::Json => "JSON",
        Format::Xml => "XML",
        Format::Yaml => "YAML",
        Format::Csv => "CSV",
        Format::Tsv => "TSV",
        Format::Psv => "PSV",
        Format::Html => "HTML",
        Format::Markdown => "Markdown",
        Format::Avro => "Avro",
        Format::Protobuf => "Protocol Buffers",
        Format::Text => "text",
        Format::Binary => "binary",
    }
}

/// Decodes a whole body. `media_type` is its `Content-Type`, consulted for the charset only.
///
/// # Errors
/// When the bytes are not of that format, its schema is missing or wrong, or a limit is exceeded.
pub(crate) fn decode(
    format: Format,
    body: &[u8],
    media_type: Option<&str>,
    schema: Option<Schema<'_>>,
) -> Result<Value, FormatError> {
    // The decoders below rest on parsers written by others: should one of them panic, that is one bad answer, not an outage.
    catch_unwind(AssertUnwindSafe(|| dispatch(format, body, media_type, schema)))
        .unwrap_or_else(|_| Err(FormatError::new(format, "the decoder failed on this input")))
}

fn dispatch(
    format: Format,
    body: &[u8],
    media_type: Option<&str>,
    schema: Option<Schema<'_>>,
) -> Result<Value, FormatError> {
    let mut budget = Budget::new(format, body.len());
    let text = || charset::text(body, media_type);
    match format {
        Format::Json => json::decode(body, media_type, None),
        Format::Text => Ok(Value::String(text().into_owned())),
        Format::Xml => xml::decode(&charset::xml(body, media_type), &mut budget),
        Format::Yaml => yaml::decode(&text(), &mut budget),
        Format::Csv => csv::decode(&text(), b',', &mut budget),
        Format::Tsv => csv::decode(&text(), b'\t', &mut budget),
        Format::Psv => csv::decode(&text(), b'|', &mut budget),
        Format::Html => html::decode(&charset::html(body, media_type), schema.and_then(Schema::filter), &mut budget),
        Format::Markdown => markdown::decode(&text(), schema.and_then(Schema::filter), &mut budget),
        Format::Avro => avro::decode(body, schema, &mut budget),
        Format::Protobuf => protobuf::decode(body, schema),
        Format::Binary => Err(FormatError::new(format, "a binary answer is passed on, never decoded")),
    }
}

#[cfg(test)]
mod tests;
