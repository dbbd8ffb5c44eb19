//! Owns keywords whose value is data: types, bounds, texts, enumerations. Values that make no sense are dropped.
//! It knows nothing of schemas inside schemas.

use crate::document::{Node, NodeKind};
use serde_json::{Value, json};

const TYPES: &[&str] = &["string", "number", "integer", "boolean", "array", "object", "null"];

/// A keyword whose value is data; `None` when it has no place in 2020-12 or its value makes no sense.
pub(super) fn literal<'k>(key: &'k str, node: &Node, textual: bool) -> Option<(&'k str, Value)> {
    let value = match key {
        "type" => type_of(node)?,
        "title" | "description" | "pattern" | "format" | "contentEncoding" | "contentMediaType" => {
            Value::String(node.scalar_text()?.trim_end().to_owned())
        }
        "enum" => {
            let mut values: Vec<Value> = Vec::new();
            for value in node.as_seq()?.iter().map(|item| data(item, textual)) {
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            (!values.is_empty()).then_some(Value::Array(values))?
        }
        "const" | "default" => data(node, textual),
        "example" => return Some(("examples", json!([data(node, textual)]))),
        "examples" => match &node.kind {
            NodeKind::Seq(items) => Value::Array(items.iter().map(|item| data(item, textual)).collect()),
            NodeKind::Map(entries) => {
                Value::Array(entries.iter().filter_map(|e| Some(data(e.value.get("value")?, textual))).collect())
            }
            _ => return None,
        },
        "multipleOf" | "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => {
            let number = node.as_number()?;
            (key != "multipleOf" || number.as_f64()? > 0.0).then(|| Value::Number(number.clone()))?
        }
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" | "minContains"
        | "maxContains" => Value::from(u64::try_from(node.as_i64()?).ok()?),
        "uniqueItems" | "deprecated" | "readOnly" | "writeOnly" => Value::Bool(Some(node.as_bool()?).filter(|on| *on)?),
        "required" => {
            let mut names: Vec<Value> = Vec::new();
            for name in node.as_seq()?.iter().filter_map(Node::scalar_text) {
                if !names.iter().any(|other| other == name) {
                    names.push(Value::from(name));
                }
            }
            (!names.is_empty()).then_some(Value::Array(names))?
        }
        "dependentRequired" => {
            let lists =
                node.as_map()?.iter().map(|e| Some((e.key.value.to_string(), literal("required", &e.value, false)?.1)));
            Value::Object(lists.collect::<Option<_>>()?)
        }
        _ => return None,
    };
    Some((key, value))
}

/// The type or types that exist; Swagger's `file` is text.
fn type_of(node: &Node) -> Option<Value> {
    let word = |node: &Node| match node.as_str() {
        Some("file") => Some("string"),
        Some(word) => TYPES.iter().find(|ty| **ty == word).copied(),
        // `type: null` without quotes.
        None => node.is_null().then_some("null"),
    };
    match node.as_seq() {
        Some(items) => {
            let words: Vec<&str> = items.iter().filter_map(word).collect();
            match words.as_slice() {
                [] => None,
                [one] => Some(json!(one)),
                several => Some(json!(several)),
            }
        }
        None => word(node).map(|word| json!(word)),
    }
}

/// A value; for a text schema, a number or truth value written without quotes is text.
fn data(node: &Node, textual: bool) -> Value {
    match node.kind {
        NodeKind::Number(_) | NodeKind::Bool(_) if textual => node.scalar_text().map_or(Value::Null, Value::from),
        _ => node.to_json(),
    }
}

/// About how many bytes of JSON a value takes.
pub(super) fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => items.iter().map(|item| size(item) + 1).sum(),
        Value::Object(map) => map.iter().map(|(key, value)| key.len() + size(value) + 4).sum(),
        _ => 6,
    }
}
