//! The JSON Schema that the keywords of a parameter declaration amount to.

use serde_json::{Map, Value, json};

use crate::{
    document::Node,
    model::{SchemaDecl, json_type},
};

/// The schema of the parameter declared by `node`, whose type and prose are read already.
pub(super) fn parameter(
    node: &Node,
    ty: Option<&str>,
    description: Option<&str>,
    default: Option<&Node>,
) -> SchemaDecl {
    let mut keywords = Map::new();
    let mut constrains = false;
    if let Some(Value::Object(inner)) = node.get("schema").map(Node::to_json) {
        constrains |= !inner.is_empty();
        keywords.extend(inner);
    }
    if let Some(ty) = ty.and_then(json_type) {
        keywords.insert("type".to_owned(), json!(ty));
        constrains = true;
    }
    if let Some(description) = description {
        keywords.insert("description".to_owned(), json!(description));
    }
    for key in ["pattern", "format", "minimum", "maximum", "minLength", "maxLength", "enum"] {
        if let Some(node) = node.get(key).filter(|node| fits(key, node)) {
            keywords.insert(key.to_owned(), node.to_json());
            constrains |= key != "format";
        }
    }
    for key in ["items", "properties"] {
        if let Some(node) = node.get(key).filter(|n| n.as_map().is_some()) {
            keywords.insert(key.to_owned(), members(node, key));
        }
    }
    if let Some(required) = node.get("required").filter(|n| n.as_seq().is_some()) {
        keywords.insert("required".to_owned(), required.to_json());
    }
    if let Some(default) = default {
        keywords.insert("default".to_owned(), default.to_json());
    }
    if let Some(example) = node.get("example") {
        keywords.insert("examples".to_owned(), json!([example.to_json()]));
    } else if let Some(examples) = node.get("examples").filter(|n| n.as_seq().is_some()) {
        keywords.insert("examples".to_owned(), examples.to_json());
    }
    SchemaDecl { keywords, constrains }
}

/// Whether a keyword's value makes sense; one that does not is dropped.
fn fits(key: &str, node: &Node) -> bool {
    match key {
        "pattern" | "format" => node.as_str().is_some(),
        "enum" => node.as_seq().is_some(),
        _ => node.as_number().is_some(),
    }
}

/// Nested parameter declarations as JSON Schema.
fn members(node: &Node, key: &str) -> Value {
    if key == "items" {
        return nested(node);
    }
    let members = node.as_map().unwrap_or_default();
    Value::Object(members.iter().map(|e| (e.key.value.to_string(), nested(&e.value))).collect())
}

/// What only a declaration of ours says (`name`, `required: true`, ...) is no keyword and is left out.
fn nested(node: &Node) -> Value {
    let mut out = Map::new();
    for entry in node.as_map().unwrap_or_default() {
        let value = match &*entry.key.value {
            "type" => match entry.value.as_str().and_then(json_type) {
                Some(ty) => json!(ty),
                None => continue,
            },
            "properties" | "items" if entry.value.as_map().is_some() => members(&entry.value, &entry.key.value),
            "name" | "in" | "mapping" | "value" => continue,
            "required" if entry.value.as_seq().is_none() => continue,
            _ => entry.value.to_json(),
        };
        out.insert(entry.key.value.to_string(), value);
    }
    Value::Object(out)
}
