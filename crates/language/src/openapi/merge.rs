//! Owns the conjunction of two schemas: one schema that demands what both demand. What cannot be folded stays under `allOf`.
//! Closed objects are joined as their authors mean it: the joined object is closed around all members.

use super::annotation::is_annotation;
use serde_json::{Map, Value, json};

/// Keywords that belong together and move as one.
const CONDITION: &[&str] = &["if", "then", "else"];

/// Both schemas in one; where both merely say something, the second is heard.
pub(super) fn conjoin(first: Map<String, Value>, second: Map<String, Value>) -> Map<String, Value> {
    let mut merged = first;
    let mut apart = Map::new();
    let conditions = merged.contains_key("if") && second.contains_key("if");
    for (key, value) in second {
        if conditions && CONDITION.contains(&key.as_str()) {
            apart.insert(key, value);
            continue;
        }
        match merged.get_mut(&key) {
            None => drop(merged.insert(key, value)),
            Some(present) if *present == value => {}
            Some(present) => match both(&key, present, &value) {
                Some(joined) => *present = joined,
                None => drop(apart.insert(key, value)),
            },
        }
    }
    if !apart.is_empty() {
        let all = merged.entry("allOf").or_insert_with(|| json!([]));
        if let Value::Array(all) = all {
            all.push(Value::Object(apart));
        }
    }
    merged
}

/// Both schemas in one, as values.
fn conjoin_values(first: &Value, second: &Value) -> Value {
    match (first, second) {
        (Value::Object(first), Value::Object(second)) => Value::Object(conjoin(first.clone(), second.clone())),
        (Value::Bool(false), _) | (_, Value::Bool(false)) => Value::Bool(false),
        (Value::Bool(true), other) | (other, _) => other.clone(),
    }
}

/// One keyword with two values; `None` when no single value says both.
fn both(key: &str, first: &Value, second: &Value) -> Option<Value> {
    match key {
        _ if is_annotation(key) => Some(second.clone()),
        "format" | "contentEncoding" | "contentMediaType" => Some(second.clone()),
        "uniqueItems" => Some(Value::Bool(true)),
        "properties" | "patternProperties" | "dependentSchemas" => Some(members(first, second)),
        "items" | "additionalProperties" | "unevaluatedItems" | "unevaluatedProperties" | "propertyNames" => {
            Some(conjoin_values(first, second))
        }
        "required" | "allOf" => {
            let mut all = first.as_array()?.clone();
            all.extend(
                second.as_array()?.iter().filter(|item| !first.as_array().is_some_and(|f| f.contains(item))).cloned(),
            );
            Some(Value::Array(all))
        }
        "type" => types(first, second),
        "enum" => {
            let shared: Vec<_> =
                first.as_array()?.iter().filter(|v| second.as_array().is_some_and(|s| s.contains(v))).collect();
            (!shared.is_empty()).then(|| json!(shared))
        }
        "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties" | "minContains" => {
            Some(if first.as_f64()? >= second.as_f64()? { first.clone() } else { second.clone() })
        }
        "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" | "maxContains" => {
            Some(if first.as_f64()? <= second.as_f64()? { first.clone() } else { second.clone() })
        }
        _ => None,
    }
}

/// All members of both; a member of both must satisfy both.
fn members(first: &Value, second: &Value) -> Value {
    let (Value::Object(first), Value::Object(second)) = (first, second) else { return first.clone() };
    let mut all = first.clone();
    for (name, schema) in second {
        let joined = all.get(name).map_or_else(|| schema.clone(), |present| conjoin_values(present, schema));
        all.insert(name.clone(), joined);
    }
    Value::Object(all)
}

/// The types both allow; every integer is a number.
fn types(first: &Value, second: &Value) -> Option<Value> {
    let (one, other) = (words(first), words(second));
    let mut shared: Vec<&str> = Vec::new();
    for (a, b) in one.iter().flat_map(|a| other.iter().map(move |b| (*a, *b))) {
        let both = match (a, b) {
            _ if a == b => a,
            ("integer", "number") | ("number", "integer") => "integer",
            _ => continue,
        };
        if !shared.contains(&both) {
            shared.push(both);
        }
    }
    if shared.contains(&"number") {
        shared.retain(|word| *word != "integer");
    }
    match shared.as_slice() {
        [] => None,
        [one] => Some(json!(one)),
        several => Some(json!(several)),
    }
}

/// The words of a `type`.
pub(super) fn words(ty: &Value) -> Vec<&str> {
    match ty {
        Value::String(word) => vec![word],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
