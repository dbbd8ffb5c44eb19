//! Names that must tell things apart: namespaces that are used twice, and exposures without one.

use std::collections::HashMap;

use super::object::Object;
use crate::{
    diagnostic::{Code, Sink},
    fields::{KeyType, Table},
    keys,
    model::Spec,
    source::{Span, Spanned},
};

/// Consumed APIs, exposures and binds share one pool of namespaces.
pub(super) fn namespaces(spec: &Spec<'_>, sink: &mut Sink) {
    let consumes =
        spec.consumes.iter().map(|api| ("consumed API", Spanned::new(&*api.namespace.value, api.namespace.span)));
    let exposes = spec.exposes.iter().filter_map(|expose| Some(("exposure", expose.namespace?)));
    let binds = spec.binds.iter().filter_map(|bind| Some(("bind", bind.namespace?)));
    let mut known: HashMap<&str, (&str, Span)> = HashMap::new();
    for (kind, name) in consumes.chain(exposes).chain(binds) {
        match known.get(name.value) {
            None => drop(known.insert(name.value, (kind, name.span))),
            Some((_, first)) if *first == name.span => {}
            Some((other, first)) => {
                let help = match (*other, kind) {
                    ("consumed API", "consumed API") => {
                        "they are read as one API; rename one, or put its resources into the first"
                    }
                    _ => "rename one of them: namespaces are unique in a document",
                };
                sink.warning(
                    Code::DuplicateName,
                    name.span,
                    format!("another {other} has the namespace `{}`", name.value),
                )
                .label(*first, "the first one")
                .help(help);
            }
        }
    }
}

/// Listed things that are referred to by name, and share one.
pub(super) fn listed(object: &Object<'_>, sink: &mut Sink) {
    let fields = &object.fields;
    for entry in fields.all() {
        let Some(KeyType::Named(table)) = fields.table().key(&entry.key.value).map(|key| key.ty) else { continue };
        let told_apart = [&keys::FLOW, &keys::PROMPT, &keys::SKILL].iter().any(|known| std::ptr::eq(*known, table));
        if !told_apart {
            continue;
        }
        let mut known: HashMap<&str, Span> = HashMap::new();
        let names = entry.value.as_seq().unwrap_or_default().iter().filter_map(|item| item.get("name"));
        for (name, text) in names.filter_map(|name| Some((name, name.scalar_text()?))) {
            match known.get(text) {
                None => drop(known.insert(text, name.span)),
                Some(first) => drop(
                    sink.error(Code::DuplicateName, name.span, format!("{} is called `{text}` already", other(table)))
                        .label(*first, "the first one")
                        .help("rename one of them"),
                ),
            }
        }
    }
}

/// `a flow` becomes `another flow`.
fn other(table: &Table) -> String {
    table.name.strip_prefix("a ").map_or_else(|| table.name.to_owned(), |name| format!("another {name}"))
}

/// An exposure that clients and `--stdio` cannot name.
pub(super) fn exposure(object: &Object<'_>, sink: &mut Sink) {
    if !object.is(&[&keys::REST, &keys::MCP, &keys::SKILL_ADAPTER]) || object.has("namespace") || object.has("import") {
        return;
    }
    let fields = &object.fields;
    let kind = object.text("type").unwrap_or_default();
    sink.warning(
        Code::MissingKey,
        fields.key_span("type"),
        format!("{} needs the key `namespace`", fields.table().name),
    )
    .help(format!("until then it is called after the file, `<file>-{kind}`"))
    .path(fields.path().key("namespace"));
}
