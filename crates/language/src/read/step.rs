//! Reads the steps of an orchestration and what it answers from them.

mod ours;

use super::with::with;
use crate::{
    diagnostic::Sink,
    fields::Fields,
    keys,
    model::{LookupDecl, ScriptDecl, StepDecl, StepDeclKind},
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
    if let Some(kind) = word.and_then(|word| ours::step(word, fields, sink)) {
        return Some(kind);
    }
    ours::misplaced(word.unwrap_or("call"), fields, sink);
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
