//! Decodes an upstream's bytes into JSON, by declared format. Owns charsets, limits and the error. Does not read files
//! (the caller supplies compiled schemas), does not guess a format from a content type and does not map.

use std::panic::{AssertUnwindSafe, catch_unwind};

use capstan_plan::Format;
use serde_json::Value;

mod avro;
mod budget;
pub(crate) mod charset;
mod csv;
pub(crate) mod error;
mod html;
pub(crate) mod json;
mod markdown;
mod protobuf;
pub(crate) mod schema;
mod xml;
mod yaml;

use budget::Budget;
use error::FormatError;
use schema::Schema;

/// The media types to ask for when this format is to be decoded.
pub(crate) fn accept(format: Format) -> &'static str {
    match format {
        Format::Xml => "application/xml, text/xml;q=0.9, */*;q=0.5",
        Format::Yaml => "application/yaml, text/yaml;q=0.9, */*;q=0.5",
        Format::Csv => "text/csv, */*;q=0.5",
        Format::Tsv => "text/tab-separated-values, */*;q=0.5",
        Format::Html => "text/html, */*;q=0.5",
        Format::Markdown => "text/markdown, text/plain;q=0.9, */*;q=0.5",
        Format::Json | Format::Psv | Format::Avro | Format::Protobuf | Format::Text | Format::Binary => "*/*",
    }
}

/// How much reading a body of that many bytes is, in bytes of JSON that take as long.
pub(crate) fn weight(format: Format, bytes: usize) -> usize {
    bytes.saturating_mul(match format {
        Format::Json | Format::Text | Format::Binary => 1,
        Format::Yaml => 8,
        Format::Xml
        | Format::Csv
        | Format::Tsv
        | Format::Psv
        | Format::Html
        | Format::Markdown
        | Format::Avro
        | Format::Protobuf => 4,
    })
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
        Format::Protobuf => protobuf::decode(body, schema, &budget),
        Format::Binary => Err(FormatError::new(format, "a binary answer is passed on, never decoded")),
    }
}

#[cfg(test)]
mod tests;
