//! Secrets that are written into a document: they are warned about, and nothing that is said of the document shows them.

mod format;
mod mask;
mod raw;

pub(crate) use mask::conceal;

use std::collections::HashSet;

use super::object::{self, Object};
use crate::{
    diagnostic::{Code, Sink},
    document::{Document, Node, NodeKind},
    keys,
    source::Span,
};

/// Keys of `authentication` whose values are secret.
const SECRET_KEYS: &[&str] = &[
    "token",
    "password",
    "value",
    "apiKey",
    "clientSecret",
    "consumerKey",
    "secretKey",
    "secretAccessKey",
    "sessionToken",
    "signingKey",
    "certPassword",
    "keyPath",
    "privateKey",
];

/// Warns of every secret a document holds.
pub(super) fn literal(document: &Document, sink: &mut Sink) {
    let mut found = Vec::new();
    collect(&document.root, &mut found);
    for span in found {
        sink.warning(Code::LiteralSecret, span, "a secret is written into the document")
            .help("declare it under `binds`, write '{{NAME}}' here, and renew it");
    }
}

/// Where a document holds secrets, each place once.
fn collect(root: &Node, found: &mut Vec<Span>) {
    let declared = dummies(root);
    let mut seen = HashSet::new();
    let mut add = |node: &Node| {
        let text = node.scalar_text().unwrap_or_default();
        if !declared.contains(text) && seen.insert(node.span) {
            found.push(node.span);
        }
    };
    object::each(root, &keys::ROOT, &mut |object| {
        if object.is(&[&keys::AUTH]) {
            credential(object, &mut add);
        } else if object.is(&[&keys::PARAMETER]) {
            parameter(object, &mut add);
        } else if object.is(&[&keys::BIND]) {
            let entries = object.fields.node("keys").and_then(Node::as_map).unwrap_or_default();
            entries
                .iter()
                .map(|entry| &entry.value)
                .filter(|node| text(node).is_some_and(format::is_random))
                .for_each(&mut add);
        } else if let Some(with) = object.fields.table().key("with").and_then(|_| object.fields.node("with")) {
            given(with, &mut add);
        }
        for key in ["baseUri", "path"].into_iter().filter(|key| object.fields.table().key(key).is_some()) {
            let url = object.fields.node(key).filter(|node| text(node).is_some_and(format::url_has_secret));
            url.into_iter().for_each(&mut add);
        }
    });
    // Whatever key it stands under: some secrets are known by their form.
    scalars(root, &mut |node| {
        if text(node).is_some_and(format::is_known) {
            add(node);
        }
    });
}

/// The values a sandbox declares to be dummies.
fn dummies(root: &Node) -> HashSet<&str> {
    let values = root.get("sandbox").and_then(|sandbox| sandbox.get("values")).and_then(Node::as_map);
    values.unwrap_or_default().iter().filter_map(|entry| entry.value.scalar_text()).collect()
}

/// A text that no template fills.
fn text(node: &Node) -> Option<&str> {
    node.scalar_text().map(str::trim).filter(|text| !text.is_empty() && !format::is_template(text))
}

fn credential<'d>(object: &Object<'d>, add: &mut impl FnMut(&'d Node)) {
    let has_header = object.has("header");
    for entry in object.fields.all() {
        let key = &*entry.key.value;
        if SECRET_KEYS.contains(&key) || (key == "key" && has_header) {
            let secret = text(&entry.value).is_some_and(|text| !format::is_path(text));
            secret.then_some(&entry.value).into_iter().for_each(&mut *add);
        }
        if key == "headers" || key == "parameters" {
            let listed = entry.value.as_seq().unwrap_or_default().iter().filter_map(|item| item.get("value"));
            let mapped = entry.value.as_map().unwrap_or_default().iter().map(|entry| &entry.value);
            listed.chain(mapped).filter(|node| text(node).is_some()).for_each(&mut *add);
        }
    }
}

/// A constant of a parameter that is called like a secret, or said to be one.
fn parameter<'d>(object: &Object<'d>, add: &mut impl FnMut(&'d Node)) {
    let name = object.name.or_else(|| object.text("name")).unwrap_or_default();
    let sensitive = object.fields.node("sensitive").and_then(Node::as_bool) == Some(true);
    if !sensitive && !format::is_secret_name(name) {
        return;
    }
    for key in ["value", "const", "default"] {
        let node = object.fields.node(key).filter(|node| node.as_str().is_some());
        node.filter(|node| text(node).is_some_and(format::is_constant)).into_iter().for_each(&mut *add);
    }
}

/// Entries of `with`: most are references, so the value must look like a secret too.
fn given<'d>(with: &'d Node, add: &mut impl FnMut(&'d Node)) {
    for entry in with.as_map().unwrap_or_default() {
        let looks = |text| format::has_scheme(text) || format::is_random(text);
        if format::is_secret_name(&entry.key.value) && text(&entry.value).is_some_and(looks) {
            add(&entry.value);
        }
    }
}

fn scalars<'d>(node: &'d Node, visit: &mut dyn FnMut(&'d Node)) {
    match &node.kind {
        NodeKind::String(_) => visit(node),
        NodeKind::Seq(items) => items.iter().for_each(|item| scalars(item, visit)),
        NodeKind::Map(entries) => entries.iter().for_each(|entry| scalars(&entry.value, visit)),
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => {}
    }
}
