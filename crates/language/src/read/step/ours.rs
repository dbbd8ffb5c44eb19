//! Reads what a step of ours says itself, and says which key belongs to which kind of step. Steps inside steps are the parent's.

use super::super::quantity;
use crate::{
    diagnostic::{Code, Severity, Sink},
    fields::Fields,
    model::{ConditionDecl, FailDecl, ValueDecl},
    source::Spanned,
};

/// The keys of each kind beside those of every step.
const KEYS: &[(&str, &[&str])] = &[
    (
        "poll",
        &[
            "url", "hosts", "client", "status", "pending", "success", "failure", "tolerate", "every", "timeout",
            "progress", "result", "call", "with",
        ],
    ),
    ("if", &["when", "then", "else"]),
    ("for-each", &["in", "as", "parallel", "on-error", "collect", "steps"]),
    ("parallel", &["steps"]),
    ("set", &["value"]),
    ("fail", &["status", "title", "detail"]),
    ("call", &["call", "with"]),
    ("lookup", &["index", "match", "lookupValue", "outputParameters"]),
    ("script", &["language", "location", "file", "dependencies", "with"]),
];

/// Says which keys belong to another kind of step. Published files have some of them on the kinds of the standard, without effect.
pub(super) fn misplaced(kind: &str, fields: &Fields<'_>, sink: &mut Sink) {
    let of = |kind: &str| KEYS.iter().find(|(known, _)| *known == kind).map(|(_, keys)| *keys).unwrap_or_default();
    let standard = matches!(kind, "call" | "lookup" | "script");
    let severity = if standard { Severity::Warning } else { Severity::Error };
    for entry in fields.all() {
        let Some(key) = fields.table().key(&entry.key.value).map(|row| row.name) else { continue };
        let homes: Vec<&str> = KEYS.iter().filter(|(_, keys)| keys.contains(&key)).map(|(home, _)| *home).collect();
        // What the kinds of the standard make of each other's keys is as it was.
        let old = standard && ["call", "lookup", "script"].iter().any(|home| homes.contains(home));
        if homes.is_empty() || old || of(kind).contains(&key) {
            continue;
        }
        let message = format!("`{key}` means nothing in a `{kind}` step");
        sink.weighed(severity, Code::UnknownKey, entry.key.span, message)
            .help(format!("it belongs to {}", listed(&homes)))
            .path(fields.path().key(&entry.key.value));
    }
}

fn listed(kinds: &[&str]) -> String {
    let quoted: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
    quoted.join(", ")
}

/// The condition of an `if`; nothing when there is none.
pub(super) fn condition<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Option<ConditionDecl<'d>> {
    let Some(node) = fields.node("when") else {
        fields.missing("when", sink);
        return None;
    };
    match (node.as_bool(), node.as_str()) {
        (Some(constant), _) => Some(ConditionDecl::Constant(constant)),
        (None, Some(text)) => Some(ConditionDecl::Text(Spanned::new(text, node.span))),
        (None, None) => {
            let message = format!("`when` must be an expression, but this is {}", node.kind_name());
            fields.error("when", Code::WrongType, message, sink).help("write an expression, such as: count > 1");
            None
        }
    }
}

/// The name of the element of a `for-each`.
pub(super) fn element<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Option<Spanned<&'d str>> {
    let name = fields.text("as", sink)?;
    if !is_name(name.value) {
        let message = format!("`{}` is no name", name.value);
        fields.error("as", Code::BadValue, message, sink).help("use letters, digits, `-` and `_`");
    }
    Some(name)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// A value that must be there.
pub(super) fn value<'d>(fields: &Fields<'d>, key: &'static str, sink: &mut Sink) -> Option<ValueDecl<'d>> {
    let found = fields.node(key).map(ValueDecl::new);
    if found.is_none() {
        fields.missing(key, sink);
    }
    found
}

/// What a `fail` step tells.
pub(super) fn fail<'d>(fields: &Fields<'d>, sink: &mut Sink) -> FailDecl<'d> {
    let status = quantity::failing_status(fields, sink).unwrap_or(400);
    let (title, detail) = (fields.text("title", sink), fields.text("detail", sink));
    if title.is_none() && detail.is_none() {
        fields.missing("detail", sink);
    }
    FailDecl { status, title, detail }
}
