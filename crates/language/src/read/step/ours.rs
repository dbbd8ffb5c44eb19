//! Reads the kinds of step that are ours: `poll`, `if`, `for-each`, `parallel`, `set` and `fail`. Which of their keys belongs to
//! which kind is said here.

use super::super::{defect::guarded, polling, quantity};
use crate::{
    diagnostic::{Code, Severity, Sink},
    document::Node,
    fields::Fields,
    model::{ConditionDecl, FailDecl, ForEachDecl, IfDecl, StepDecl, StepDeclKind, ValueDecl},
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
    ("for-each", &["in", "as", "parallel", "collect", "steps"]),
    ("parallel", &["steps"]),
    ("set", &["value"]),
    ("fail", &["status", "title", "detail"]),
    ("call", &["call", "with"]),
    ("lookup", &["index", "match", "lookupValue", "outputParameters"]),
    ("script", &["language", "location", "file", "dependencies", "with"]),
];

/// Reads a step of one of our kinds; nothing when it is none of them.
pub(super) fn step<'d>(kind: &str, fields: &Fields<'d>, sink: &mut Sink) -> Option<StepDeclKind<'d>> {
    let (read, defect) = guarded(None, sink, |sink| {
        let read = match kind {
            "poll" => polling::polling(fields, fields, sink).map(|polling| StepDeclKind::Poll(Box::new(polling))),
            "if" => choice(fields, sink).map(StepDeclKind::If),
            "for-each" => for_each(fields, sink).map(StepDeclKind::ForEach),
            "parallel" => Some(StepDeclKind::Parallel(inner(fields, "steps", sink))),
            "set" => value(fields, "value", sink).map(StepDeclKind::Set),
            "fail" => Some(StepDeclKind::Fail(fail(fields, sink))),
            _ => return None,
        };
        misplaced(kind, fields, sink);
        Some(read)
    });
    match (read?, defect) {
        (_, Some(defect)) => Some(StepDeclKind::Broken(defect)),
        (read, None) => read,
    }
}

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

fn choice<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Option<IfDecl<'d>> {
    let Some(node) = fields.node("when") else {
        fields.missing("when", sink);
        return None;
    };
    let condition = match (node.as_bool(), node.as_str()) {
        (Some(constant), _) => ConditionDecl::Constant(constant),
        (None, Some(text)) => ConditionDecl::Text(Spanned::new(text, node.span)),
        (None, None) => {
            let message = format!("`when` must be an expression, but this is {}", node.kind_name());
            fields.error("when", Code::WrongType, message, sink).help("write an expression, such as: count > 1");
            return None;
        }
    };
    if !fields.has("then") && !fields.has("else") {
        fields.missing("then", sink);
    }
    let branch = |key, sink: &mut Sink| if fields.has(key) { inner(fields, key, sink) } else { Vec::new() };
    let then = branch("then", sink);
    Some(IfDecl { condition, then, otherwise: branch("else", sink) })
}

fn for_each<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Option<ForEachDecl<'d>> {
    let items = value(fields, "in", sink);
    let name = fields.text("as", sink);
    if let Some(wrong) = name.filter(|name| !is_name(name.value)) {
        let message = format!("`{}` is no name", wrong.value);
        fields.error("as", Code::BadValue, message, sink).help("use letters, digits, `-` and `_`");
    }
    let parallel = quantity::count(fields, "parallel", 1, sink).unwrap_or(1);
    let steps = inner(fields, "steps", sink);
    let collect = fields.node("collect").map(ValueDecl::new);
    Some(ForEachDecl { items: items?, name, parallel, collect, steps })
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// The steps inside a step: there are some.
fn inner<'d>(fields: &Fields<'d>, key: &'static str, sink: &mut Sink) -> Vec<StepDecl<'d>> {
    let steps = super::steps(fields, key, sink);
    if fields.node(key).and_then(|node| node.as_map().map(<[_]>::len).or(node.as_seq().map(<[Node]>::len))) == Some(0) {
        fields.error(key, Code::BadValue, format!("`{key}` has no steps"), sink).help("add a step, or remove it");
    } else if !fields.has(key) {
        fields.missing(key, sink);
    }
    steps
}

fn value<'d>(fields: &Fields<'d>, key: &'static str, sink: &mut Sink) -> Option<ValueDecl<'d>> {
    let found = fields.node(key).map(ValueDecl::new);
    if found.is_none() {
        fields.missing(key, sink);
    }
    found
}

fn fail<'d>(fields: &Fields<'d>, sink: &mut Sink) -> FailDecl<'d> {
    let status = quantity::failing_status(fields, sink).unwrap_or(400);
    let (title, detail) = (fields.text("title", sink), fields.text("detail", sink));
    if title.is_none() && detail.is_none() {
        fields.missing("detail", sink);
    }
    FailDecl { status, title, detail }
}
