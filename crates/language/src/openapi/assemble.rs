//! Owns how the converted keywords of one schema are put together.
//! It converts nothing itself.

use super::merge;
use super::nullable::nullable;
use serde_json::{Map, Value, json};

/// Puts a schema together: the branches of its `allOf`, its own keywords, null.
pub(super) fn finish(branches: Vec<Map<String, Value>>, own: Map<String, Value>, null: bool) -> Map<String, Value> {
    let mut map = branches.into_iter().fold(Map::new(), merge::conjoin);
    map = if map.is_empty() { own } else { merge::conjoin(map, own) };
    for key in ["anyOf", "oneOf"] {
        // A choice of one is none.
        if map.get(key).and_then(Value::as_array).is_some_and(|choices| choices.len() == 1)
            && let Some(Value::Array(choices)) = map.shift_remove(key)
        {
            map = choices.into_iter().filter_map(into_map).fold(map, |map, only| merge::conjoin(only, map));
        }
    }
    if map.get("type") == Some(&json!("array")) && !map.contains_key("items") && !map.contains_key("prefixItems") {
        // Several clients refuse arrays that do not say what they hold.
        map.insert("items".to_owned(), json!({}));
    }
    if null { nullable(map) } else { map }
}

/// The same value under another keyword.
pub(super) fn rename(map: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(value) = map.shift_remove(from) {
        map.insert(to.to_owned(), value);
    }
}

/// The mapping a schema is, unless it is a truth value.
pub(super) fn into_map(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        _ => None,
    }
}
