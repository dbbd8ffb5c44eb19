//! Style, on request: what readers and models would like to find, and what is left over from a template.

use super::object::Object;
use crate::{
    diagnostic::{Code, Sink},
    document::Node,
    keys,
};

/// Looks at the style of one mapping.
pub(super) fn pedantic(object: &Object<'_>, sink: &mut Sink) {
    described(object, sink);
    if object.is(&[&keys::INFO]) && object.fields.node("tags").is_none_or(|tags| tags.as_seq() == Some(&[])) {
        sink.note(Code::MissingTags, head(object), "`info` has no `tags`").help("add some: listings group by them");
    }
    let paths: &[(&str, bool)] = if object.is(&[&keys::CONSUMES]) {
        &[("baseUri", false)]
    } else if object.is(&[&keys::EXPOSED_RESOURCE, &keys::RESOURCE]) {
        &[("path", true)]
    } else {
        &[]
    };
    for (key, is_path) in paths {
        if let Some(node) = object.fields.node(key) {
            trailing_slash(node, *is_path, sink);
        }
    }
    for key in ["baseUri", "address"].into_iter().filter(|key| object.fields.table().key(key).is_some()) {
        if let Some(node) = object.fields.node(key) {
            placeholder(node, sink);
        }
    }
}

fn head(object: &Object<'_>) -> crate::source::Span {
    object.fields.all().first().map_or(object.fields.span(), |entry| entry.key.span)
}

/// What people and models are shown has a description; an import has that of what it brings.
fn described(object: &Object<'_>, sink: &mut Sink) {
    let shown = object.is(&[
        &keys::INFO,
        &keys::CONSUMES,
        &keys::AGGREGATE,
        &keys::FLOW,
        &keys::EXPOSED_RESOURCE,
        &keys::UNIT,
        &keys::TOOL,
    ]);
    let is_import = || ["import", "location"].iter().any(|key| object.fields.mapping().get(key).is_some());
    // A unit that refers to a flow is described by it.
    let refers = || object.fields.table().key("ref").is_some() && object.has("ref");
    if shown && !object.has("description") && !is_import() && !refers() {
        sink.note(Code::MissingDescription, head(object), format!("{} has no `description`", object.called()))
            .help("add one sentence: people and models read what it is for");
    }
}

fn trailing_slash(node: &Node, is_path: bool, sink: &mut Sink) {
    let Some(text) = node.as_str().map(str::trim).filter(|text| text.ends_with('/')) else { return };
    // The path `/` is the root itself.
    if is_path && text == "/" {
        return;
    }
    sink.note(Code::TrailingSlash, node.span, format!("`{text}` ends with a slash")).help("remove it");
}

fn placeholder(node: &Node, sink: &mut Sink) {
    let Some(text) = node.as_str() else { return };
    let host = text.split_once("://").map_or(text, |(_, rest)| rest).split(['/', ':', '?']).next().unwrap_or_default();
    let placeholder = ["example.com", "example.org", "example.net"]
        .iter()
        .any(|known| host.strip_suffix(known).is_some_and(|before| before.is_empty() || before.ends_with('.')));
    if placeholder {
        sink.note(Code::PlaceholderHost, node.span, format!("`{host}` is a placeholder")).help("write the real host");
    }
}
