//! Owns the fields of forms: which of them are files, how they are written, and what Swagger 2.0 says of them in parameters.

use super::dialect::Dialect;
use super::parameter::{RawParameter, collection, styled};
use super::refs::Refs;
use super::text::text;
use super::typed::TypedEncoding;
use crate::document::Node;
use serde_json::{Map, Value, json};

/// Whether a parameter of Swagger 2.0 is a file.
pub(super) fn is_file(field: &RawParameter<'_>) -> bool {
    field.node.get("type").and_then(Node::as_str) == Some("file")
}

/// The object and the encodings that the fields of a Swagger 2.0 form are.
pub(super) fn swagger(
    fields: &[RawParameter<'_>],
    refs: Refs<'_>,
    dialect: Dialect,
) -> (Value, Vec<(String, TypedEncoding)>) {
    let (mut properties, mut required, mut encodings) = (Map::new(), Vec::new(), Vec::new());
    for field in fields {
        let typed = field.single(refs, dialect);
        if typed.required {
            required.push(Value::String(typed.name.clone()));
        }
        let mut schema = if is_file(field) { bytes(&typed.schema, None) } else { typed.schema };
        if let (Value::Object(map), Some(description)) = (&mut schema, typed.description) {
            map.entry("description").or_insert(Value::String(description));
        }
        if schema.get("type").and_then(Value::as_str) == Some("array") {
            let serialization = Some(collection(field.node, field.place));
            encodings.push((typed.name.clone(), TypedEncoding { content_type: None, serialization }));
        }
        properties.insert(typed.name, schema);
    }
    let mut schema = json!({"type": "object", "properties": properties});
    if let (Value::Object(map), false) = (&mut schema, required.is_empty()) {
        map.insert("required".to_owned(), Value::Array(required));
    }
    (schema, encodings)
}

/// What OpenAPI 3 says of how fields are written.
pub(super) fn encodings(media: &Node) -> Vec<(String, TypedEncoding)> {
    let entries = media.get("encoding").and_then(Node::as_map).unwrap_or_default();
    let encoding = |node: &Node| {
        let says = ["style", "explode", "allowReserved"].iter().any(|key| node.get(key).is_some());
        TypedEncoding { content_type: text(node, "contentType"), serialization: says.then(|| styled(node, false)) }
    };
    entries.iter().map(|entry| (entry.key.value.to_string(), encoding(&entry.value))).collect()
}

/// The schema of bytes as callers give them who have no bytes: base64.
pub(super) fn bytes(schema: &Value, media_type: Option<&str>) -> Value {
    let mut map = Map::new();
    map.insert("type".to_owned(), json!("string"));
    map.insert("contentEncoding".to_owned(), json!("base64"));
    if let Some(media_type) = media_type.filter(|media_type| !media_type.contains('*')) {
        map.insert("contentMediaType".to_owned(), json!(media_type));
    }
    for key in ["title", "description", "deprecated"] {
        if let Some(value) = schema.get(key) {
            map.insert(key.to_owned(), value.clone());
        }
    }
    map.into()
}

/// Makes the members of a form that are bytes base64; so are the elements of lists.
pub(super) fn files(schema: &mut Value) {
    let members = schema.get_mut("properties").and_then(Value::as_object_mut);
    for member in members.into_iter().flat_map(|members| members.values_mut()) {
        if is_bytes(member) {
            *member = bytes(member, None);
        } else if let Some(items) = member.get_mut("items").filter(|items| is_bytes(items)) {
            *items = bytes(items, None);
        }
    }
}

/// Whether a schema is that of bytes, in the words of OpenAPI 3.0 or 3.1.
fn is_bytes(schema: &Value) -> bool {
    let word = |key: &str| schema.get(key).and_then(Value::as_str);
    word("format") == Some("binary") || word("contentMediaType").is_some() && word("contentEncoding").is_none()
}
