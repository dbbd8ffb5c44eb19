//! The declared format of an operation's answers.

use capstan_plan::Format;

use crate::{
    diagnostic::{Code, Sink},
    model::Operation,
};

const WORDS: [(&str, Format); 12] = [
    ("json", Format::Json),
    ("xml", Format::Xml),
    ("yaml", Format::Yaml),
    ("csv", Format::Csv),
    ("tsv", Format::Tsv),
    ("psv", Format::Psv),
    ("html", Format::Html),
    ("markdown", Format::Markdown),
    ("avro", Format::Avro),
    ("protobuf", Format::Protobuf),
    ("text", Format::Text),
    ("binary", Format::Binary),
];

/// The format `op` declares, JSON when it declares none.
pub(super) fn format(op: &Operation<'_>, sink: &mut Sink) -> Format {
    let Some(word) = op.format else { return Format::Json };
    let lower = word.value.trim().to_ascii_lowercase();
    if let Some((_, format)) = WORDS.iter().find(|(name, _)| *name == lower) {
        if matches!(format, Format::Avro | Format::Protobuf) && op.schema.is_none() {
            sink.warning(Code::MissingKey, word.span, format!("{lower} cannot be decoded without `outputSchema`"))
                .help("name the schema file, relative to the document; unmapped answers pass as they are");
        }
        return *format;
    }
    // Another word was complained about where it was read.
    Format::Json
}
