//! The declared format of an operation's answers.

use capstan_plan::Format;

use crate::{
    diagnostic::{Code, Sink},
    model::Operation,
    suggest::nearest,
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
    let draft = sink.error(Code::BadValue, word.span, format!("unknown format `{}`", word.value));
    match nearest(&lower, WORDS.iter().map(|(name, _)| *name)) {
        Some(near) => drop(draft.help(format!("did you mean `{near}`?")).fix(word.span, near)),
        None => drop(draft.help("use json, xml, yaml, csv, tsv, psv, html, markdown, avro, protobuf, text or binary")),
    }
    Format::Json
}
