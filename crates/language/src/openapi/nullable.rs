//! Owns `nullable` of OpenAPI 3.0 and `x-nullable` of Swagger 2.0, which 2020-12 says by the type null.

use super::annotation::is_annotation;
use crate::document::Entry;
use serde_json::{Map, Value, json};

/// True for the keywords by which OpenAPI 3.0 and Swagger 2.0 allow null.
pub(super) fn is_nullable(key: &str) -> bool {
    matches!(key, "nullable" | "x-nullable")
}

/// True for an entry that allows null.
pub(super) fn says_nullable(entry: &Entry) -> bool {
    is_nullable(&entry.key.value) && entry.value.as_bool() == Some(true)
}

/// The same schema, null allowed.
pub(super) fn nullable(mut map: Map<String, Value>) -> Map<String, Value> {
    const APPLICATORS: &[&str] = &["anyOf", "oneOf", "allOf", "not", "if", "then", "else", "const"];
    let applied: Vec<&str> = map.keys().map(String::as_str).filter(|key| APPLICATORS.contains(key)).collect();
    if let ([key @ ("anyOf" | "oneOf")], false) =
        (applied.as_slice(), map.contains_key("type") || map.contains_key("enum"))
    {
        let key = (*key).to_owned();
        if let Some(Value::Array(choices)) = map.get_mut(&key)
            && !choices.iter().any(allows_null)
        {
            choices.push(json!({"type": "null"}));
        }
        return map;
    }
    if applied.is_empty() {
        if let Some(ty) = map.get_mut("type") {
            add_null_type(ty);
        }
        if let Some(Value::Array(values)) = map.get_mut("enum")
            && !values.contains(&Value::Null)
        {
            values.push(Value::Null);
        }
        return map;
    }
    let (outside, inside): (Map<_, _>, Map<_, _>) = map.into_iter().partition(|(key, _)| is_annotation(key));
    let mut map = outside;
    map.insert("anyOf".to_owned(), json!([inside, {"type": "null"}]));
    map
}

fn allows_null(schema: &Value) -> bool {
    match schema.get("type") {
        Some(Value::Array(types)) => types.iter().any(|ty| ty == "null"),
        Some(ty) => ty == "null",
        None => schema.as_object().is_some_and(Map::is_empty),
    }
}

fn add_null_type(ty: &mut Value) {
    match ty {
        Value::Array(types) if !types.iter().any(|ty| ty == "null") => types.push(json!("null")),
        Value::String(word) if word != "null" => *ty = json!([word, "null"]),
        _ => {}
    }
}
