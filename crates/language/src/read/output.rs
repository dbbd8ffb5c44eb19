//! Reads outputs, every level by the same table: an unknown key is reported at any depth.

use crate::{
    diagnostic::{Code, Sink},
    document::Node,
    fields::{Fields, wrong_type},
    key_path::KeyPath,
    keys,
    model::{OutputDecl, ValueDecl},
    source::Spanned,
};

/// The outputs under `key`.
pub(super) fn outputs<'d>(fields: &Fields<'d>, key: &'static str, sink: &mut Sink) -> Vec<OutputDecl<'d>> {
    fields
        .entries(key, sink)
        .into_iter()
        .filter_map(|named| {
            let fields = Fields::read_at(named.node, &keys::OUTPUT, named.path, sink)?;
            Some(output(&fields, named.name, sink))
        })
        .collect()
}

fn output<'d>(fields: &Fields<'d>, name: Option<Spanned<&'d str>>, sink: &mut Sink) -> OutputDecl<'d> {
    let value = |key| fields.node(key).map(ValueDecl::new);
    // A type list, as JSON Schema allows it, says nothing about how the value is made.
    let word = |key| fields.node(key).and_then(Node::as_str);
    OutputDecl {
        ty: word("type"),
        mapping: mapping(fields, sink),
        value: value("value"),
        constant: value("const"),
        properties: properties(fields, sink),
        items: part(fields, "items", sink).map(Box::new),
        values: part(fields, "values", sink).map(Box::new),
        nested: ["properties", "items", "values"].iter().any(|key| fields.node(key).is_some()),
        max_length: fields.node("maxLength").and_then(Node::as_i64).and_then(|n| usize::try_from(n).ok()),
        description: word("description"),
        ..OutputDecl::bare(name, fields.span())
    }
}

fn mapping<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Option<Spanned<&'d str>> {
    let node = fields.node("mapping")?;
    let text = node.scalar_text().map(|text| Spanned::new(text, node.span));
    if text.is_none() {
        let message = format!("`mapping` must be a JSONPath, but this is {}", node.kind_name());
        fields.error("mapping", Code::WrongType, message, sink).help("write the path as text, such as $.data.id");
    }
    text
}

/// The members of an object. One that is no mapping says nothing: it is the member of that name.
fn properties<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Vec<OutputDecl<'d>> {
    let Some(node) = fields.node("properties") else { return Vec::new() };
    let path = fields.path_of("properties");
    let Some(entries) = node.as_map() else {
        wrong_type(node, "`properties`", "a mapping", &path, sink);
        return Vec::new();
    };
    entries
        .iter()
        .map(|entry| {
            let name = Spanned::new(&*entry.key.value, entry.key.span);
            nested(&entry.value, Some(name), path.key(name.value), sink)
                .unwrap_or(OutputDecl::bare(Some(name), entry.value.span))
        })
        .collect()
}

/// The one declaration of all elements or values; of a list of them, the first.
fn part<'d>(fields: &Fields<'d>, key: &'static str, sink: &mut Sink) -> Option<OutputDecl<'d>> {
    let node = fields.node(key)?;
    let path = fields.path_of(key);
    let (node, path) = match node.as_seq() {
        Some(several) => (several.first()?, path.index(0)),
        None => (node, path),
    };
    if node.as_map().is_none() {
        wrong_type(node, &format!("`{key}`"), "a mapping", &path, sink);
        return None;
    }
    let empty = node.as_map().is_some_and(<[_]>::is_empty);
    (!empty).then(|| nested(node, None, path, sink)).flatten()
}

fn nested<'d>(
    node: &'d Node,
    name: Option<Spanned<&'d str>>,
    path: KeyPath<'d>,
    sink: &mut Sink,
) -> Option<OutputDecl<'d>> {
    if node.as_map().is_none() {
        ignored(node, "an output", &path, sink);
        return None;
    }
    let fields = Fields::read_at(node, &keys::OUTPUT, path, sink)?;
    Some(output(&fields, name, sink))
}

/// Published files hold such members where they do no harm: a warning, not an error.
fn ignored(node: &Node, what: &str, path: &KeyPath<'_>, sink: &mut Sink) {
    if node.is_null() {
        return;
    }
    sink.warning(Code::WrongType, node.span, format!("{what} must be a mapping, but this is {}", node.kind_name()))
        .help("it is read as if it were not there")
        .path(path);
}
