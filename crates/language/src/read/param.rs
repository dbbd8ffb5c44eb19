//! Reads parameters, wherever they stand.

use super::schema;
use crate::{
    diagnostic::Sink,
    document::Node,
    fields::Fields,
    keys,
    model::{InputSchemaDecl, Param, ValueDecl},
    source::Spanned,
};

/// The named parameters under `key`.
pub(super) fn params<'d>(fields: &Fields<'d>, key: &'static str, sink: &mut Sink) -> Vec<Param<'d>> {
    fields
        .entries(key, sink)
        .into_iter()
        .filter_map(|named| {
            let fields = Fields::read_at(named.node, &keys::PARAMETER, named.path, sink)?;
            if named.name.is_none() && !fields.has("name") {
                fields.missing("name", sink);
            }
            let name = named.name.or_else(|| fields.text("name", sink)).unwrap_or(Spanned::new("", named.node.span));
            let ty = fields.text("type", sink).map(|t| t.value);
            let description = fields.text("description", sink).map(|t| t.value);
            let value = |key: &str| fields.node(key).map(ValueDecl::new);
            Some(Param {
                place: fields.text("in", sink),
                required: fields.node("required").and_then(truth),
                value: value("value").or_else(|| value("const")),
                mapping: fields.node("mapping").and_then(|n| n.as_str().map(|t| Spanned::new(t, n.span))),
                ..declared(name, named.node, ty, description, fields.node("default"))
            })
        })
        .collect()
}

/// `true` or `false`, in quotes or without; a list names members instead.
fn truth(node: &Node) -> Option<bool> {
    node.as_bool().or_else(|| node.as_str()?.parse().ok())
}

/// A parameter of which no more than a schema is known.
pub(super) fn by_schema<'d>(name: Spanned<&'d str>, node: &'d Node) -> Param<'d> {
    let word = |key: &str| node.get(key).and_then(Node::as_str);
    declared(name, node, word("type"), word("description"), None)
}

fn declared<'d>(
    name: Spanned<&'d str>,
    node: &'d Node,
    ty: Option<&'d str>,
    description: Option<&'d str>,
    default: Option<&'d Node>,
) -> Param<'d> {
    Param {
        name,
        place: None,
        ty,
        required: None,
        value: None,
        default: default.map(ValueDecl::new),
        mapping: None,
        schema: schema::parameter(node, ty, description, default).into(),
    }
}

/// `inputSchema`: its properties are inputs.
pub(super) fn input_schema(node: &Node) -> Option<InputSchemaDecl<'_>> {
    let serde_json::Value::Object(schema) = node.to_json() else { return None };
    let required: Vec<&str> =
        node.get("required").and_then(Node::as_seq).unwrap_or_default().iter().filter_map(Node::as_str).collect();
    let properties = node.get("properties").and_then(Node::as_map).unwrap_or_default().iter();
    let params = properties
        .map(|entry| {
            let name = Spanned::new(&*entry.key.value, entry.key.span);
            Param { required: Some(required.contains(&name.value)), ..by_schema(name, &entry.value) }
        })
        .collect();
    let closed = |node: &Node| node.as_bool() == Some(false);
    let open = node.get("additionalProperties").filter(|node| !closed(node)).map(|node| node.span);
    Some(InputSchemaDecl { schema, params, open })
}
