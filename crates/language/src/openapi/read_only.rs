//! Owns members that only answers have: a schema for requests does without them.

use serde_json::Value;

/// Takes members only answers have out of a schema for requests. A closed object keeps them, but never demands them.
pub(super) fn drop_members(schema: &mut Value) {
    let map = match schema {
        Value::Object(map) => map,
        Value::Array(items) => return items.iter_mut().for_each(drop_members),
        _ => return,
    };
    let closed = map.get("additionalProperties") == Some(&Value::Bool(false));
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        let read_only = |schema: &Value| schema.get("readOnly") == Some(&Value::Bool(true));
        let names: Vec<String> =
            properties.iter().filter(|(_, schema)| read_only(schema)).map(|(name, _)| name.clone()).collect();
        if !closed {
            properties.retain(|_, schema| !read_only(schema));
        }
        if let Some(Value::Array(required)) = map.get_mut("required") {
            required.retain(|name| !names.iter().any(|other| name == other));
            if required.is_empty() {
                map.shift_remove("required");
            }
        }
    }
    for (key, inner) in map.iter_mut() {
        match (key.as_str(), inner) {
            ("properties" | "patternProperties" | "dependentSchemas", Value::Object(named)) => {
                named.values_mut().for_each(drop_members);
            }
            ("items" | "additionalProperties" | "anyOf" | "oneOf" | "allOf" | "prefixItems", inner) => {
                drop_members(inner);
            }
            _ => {}
        }
    }
}
