//! What the official JSON Schemas of the dialects reject, at our positions and in our words. Asked only when an author wants to be
//! strict; what the reader or the linker has said already is not said again.

mod unexpected;
mod violation;
mod words;

use std::{collections::HashSet, sync::LazyLock};

use jsonschema::Validator;
use serde_json::Value;

use self::violation::Violation;
use crate::{
    diagnostic::{Code, Diagnostic, Severity, Sink},
    document::{Document, Node},
    keys,
    lint::object,
    source::Span,
};

/// An official schema.
struct Standard {
    schema: Value,
    validator: Validator,
}

static NAFTIKO: LazyLock<Option<Standard>> =
    LazyLock::new(|| standard(include_str!("../../../schemas/naftiko-1.0.0-alpha2.json")));
static IKANOS: LazyLock<Option<Standard>> =
    LazyLock::new(|| standard(include_str!("../../../schemas/ikanos-1.0.0-beta5.json")));

fn standard(text: &str) -> Option<Standard> {
    let schema: Value = serde_json::from_str(text).ok()?;
    let validator = capstan_plan::schema::validator(&schema, None).ok()?;
    Some(Standard { schema, validator })
}

/// Checks a document against the schema of its dialect; the present one when it names none.
pub(crate) fn check(document: &Document, sink: &mut Sink) {
    let naftiko = document.root.get("naftiko").is_some() && document.root.get("ikanos").is_none();
    let Some(standard) = (if naftiko { &*NAFTIKO } else { &*IKANOS }) else { return };
    let value = document.root.to_json();
    let mut violations = Vec::new();
    for error in standard.validator.iter_errors(&value) {
        violation::flatten(&error, &standard.schema, &mut violations);
    }
    let ours = extensions(&document.root);
    let mut places: HashSet<(Span, String)> = HashSet::new();
    for violation in violations {
        let Some(node) = document.root.at_pointer(&violation.pointer) else { continue };
        let span = violation.fault.span(node);
        let path = path(document, node, &violation);
        let known = said(sink.diagnostics(), node, span, &path);
        if known || !places.insert((span, path.clone())) {
            continue;
        }
        let own = ours.contains(&span) || ours_inside(node, &ours);
        report(&violation, (node, span), own, path, sink);
    }
}

fn report(violation: &Violation, (node, span): (&Node, Span), own: bool, path: String, sink: &mut Sink) {
    let (message, help) = words::phrase(&violation.fault, node);
    let draft = match own {
        true => sink.note(Code::OfficialSchema, span, message),
        false => sink.error(Code::OfficialSchema, span, message),
    };
    let help = if own { "it is Capstan's own: other engines ignore or refuse it".to_owned() } else { help };
    draft.help(help).path(path);
}

/// The key path of what is wrong.
fn path(document: &Document, node: &Node, violation: &Violation) -> String {
    let mut path = document.path_at(node.span);
    if let Some(key) = violation.fault.key() {
        crate::key_path::push_key(&mut path, key);
    }
    path
}

/// Whether something was said of the same place: of the key, of its plain value, or of the key that is missing.
fn said(diagnostics: &[Diagnostic], node: &Node, span: Span, path: &str) -> bool {
    let entry = node.as_map().unwrap_or_default().iter().find(|entry| entry.key.span == span);
    let plain = |node: &Node| node.as_map().is_none() && node.as_seq().is_none();
    diagnostics.iter().filter(|known| known.severity != Severity::Note).any(|known| {
        let Some(at) = known.span() else { return false };
        at == span
            || known.path == path
            || (plain(node) && node.span.contains(at))
            || entry.is_some_and(|entry| plain(&entry.value) && entry.value.span.contains(at))
    })
}

/// Where the keys stand that are ours and not the standard's.
fn extensions(root: &Node) -> HashSet<Span> {
    let mut found = HashSet::new();
    object::each(root, &keys::ROOT, &mut |object| {
        let table = object.fields.table();
        let own = |name: &str| name.starts_with("x-") || table.key(name).is_some_and(|key| key.extension);
        found.extend(object.fields.all().iter().filter(|entry| own(&entry.key.value)).map(|entry| entry.key.span));
    });
    found
}

/// Whether a mapping has a key of ours: what else the standard misses there may be why.
fn ours_inside(node: &Node, ours: &HashSet<Span>) -> bool {
    node.as_map().unwrap_or_default().iter().any(|entry| ours.contains(&entry.key.span))
}

#[cfg(test)]
mod tests;
