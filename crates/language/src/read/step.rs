//! Reads the steps of an orchestration and what it answers from them.

mod ours;

use super::{defect::guarded, polling, quantity, with::with};
use crate::{
    diagnostic::{Code, Sink},
    document::Node,
    fields::Fields,
    keys,
    model::{ForEachDecl, IfDecl, LookupDecl, ScriptDecl, StepDecl, StepDeclKind, ValueDecl},
    source::Spanned,
};

/// The steps under a key.
pub(super) fn steps<'d>(fields: &Fields<'d>, key: &'static str, sink: &mut Sink) -> Vec<StepDecl<'d>> {
    fields
        .entries(key, sink)
        .into_iter()
        .filter_map(|named| {
            let fields = Fields::read_at(named.node, &keys::STEP, named.path.clone(), sink)?;
            if named.name.is_none() && !fields.has("name") {
                fields.missing("name", sink);
            }
            let kind = kind(&fields, sink)?;
            let span = named.name.map_or(named.node.span, |n| n.span);
            Some(StepDecl { name: named.name, kind, span, key_path: named.path })
        })
        .collect()
}

fn kind<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Option<StepDeclKind<'d>> {
    let word = fields.word("type", sink).map(|w| w.value);
    if let Some(kind) = word.and_then(|word| own(word, fields, sink)) {
        return Some(kind);
    }
    if word.is_some() || !fields.has("type") {
        ours::misplaced(word.unwrap_or("call"), fields, sink);
    }
    match word {
        Some("lookup") => Some(StepDeclKind::Lookup(LookupDecl {
            index: fields.required_text("index", sink)?,
            matches: fields.required_text("match", sink)?,
            value: fields.required_text("lookupValue", sink)?,
            fields: fields.text_list("outputParameters", sink),
        })),
        Some("script") => Some(StepDeclKind::Script(ScriptDecl {
            language: fields.word("language", sink).map(|w| w.map(|w| w as &str)),
            location: fields.text("location", sink),
            file: fields.required_text("file", sink)?,
            dependencies: fields.text_list("dependencies", sink),
            with: with(fields, "with", sink),
        })),
        Some(_) => call(fields, sink),
        None if fields.has("type") => None,
        None if fields.has("call") => call(fields, sink),
        None => {
            fields.missing("type", sink);
            None
        }
    }
}

/// Reads a step of one of our kinds; nothing when it is none of them.
fn own<'d>(kind: &str, fields: &Fields<'d>, sink: &mut Sink) -> Option<StepDeclKind<'d>> {
    let (read, defect) = guarded(None, sink, |sink| {
        let read = match kind {
            "poll" => polling::polling(fields, fields, sink).map(|polling| StepDeclKind::Poll(Box::new(polling))),
            "if" => choice(fields, sink).map(StepDeclKind::If),
            "for-each" => for_each(fields, sink).map(StepDeclKind::ForEach),
            "parallel" => Some(StepDeclKind::Parallel(inner(fields, "steps", sink))),
            "set" => ours::value(fields, "value", sink).map(StepDeclKind::Set),
            "fail" => Some(StepDeclKind::Fail(ours::fail(fields, sink))),
            _ => return None,
        };
        ours::misplaced(kind, fields, sink);
        Some(read)
    });
    match (read?, defect) {
        (_, Some(defect)) => Some(StepDeclKind::Broken(defect)),
        (read, None) => read,
    }
}

fn choice<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Option<IfDecl<'d>> {
    let condition = ours::condition(fields, sink);
    if !fields.has("then") && !fields.has("else") {
        fields.missing("then", sink);
    }
    let branch = |key, sink: &mut Sink| if fields.has(key) { inner(fields, key, sink) } else { Vec::new() };
    let then = branch("then", sink);
    Some(IfDecl { then, otherwise: branch("else", sink), condition: condition? })
}

fn for_each<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Option<ForEachDecl<'d>> {
    let items = ours::value(fields, "in", sink);
    let name = ours::element(fields, sink);
    let parallel = quantity::count(fields, "parallel", 1, sink).unwrap_or(1);
    let keeps_errors = fields.word("on-error", sink).is_some_and(|word| word.value == "keep");
    let steps = inner(fields, "steps", sink);
    let collect = fields.node("collect").map(ValueDecl::new);
    Some(ForEachDecl { items: items?, name, parallel, keeps_errors, collect, steps })
}

/// The steps inside a step: there are some.
fn inner<'d>(fields: &Fields<'d>, key: &'static str, sink: &mut Sink) -> Vec<StepDecl<'d>> {
    let steps = steps(fields, key, sink);
    if fields.node(key).and_then(|node| node.as_map().map(<[_]>::len).or(node.as_seq().map(<[Node]>::len))) == Some(0) {
        fields.error(key, Code::BadValue, format!("`{key}` has no steps"), sink).help("add a step, or remove it");
    } else if !fields.has(key) {
        fields.missing(key, sink);
    }
    steps
}

fn call<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Option<StepDeclKind<'d>> {
    Some(StepDeclKind::Call { call: fields.required_text("call", sink)?, with: with(fields, "with", sink) })
}

/// Target and value of each entry of `mappings`.
pub(super) fn mappings<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Vec<(Spanned<&'d str>, Spanned<&'d str>)> {
    fields
        .objects("mappings", &keys::MAPPING, sink)
        .into_iter()
        .filter_map(|m| Some((m.required_text("target", sink)?, m.required_text("value", sink)?)))
        .collect()
}
