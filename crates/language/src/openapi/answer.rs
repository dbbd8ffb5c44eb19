//! Owns what an operation says of its successful JSON answer, loosened to what holds of any answer a client should bear: types and
//! descriptions, everything nullable, nothing demanded. Documents are less careful with answers than with requests.

use super::convert;
use super::dialect::Dialect;
use super::media_type::is_json;
use super::refs::Refs;
use crate::diagnostic::Sink;
use crate::document::Node;
use serde_json::{Map, Value, json};

/// Answers of success, the most usual first.
const SUCCESS: &[&str] = &["200", "201", "202", "203", "2XX", "2xx", "default"];

/// The schema of the answer of an operation.
pub(super) fn answer(operation: &Node, refs: Refs<'_>, dialect: Dialect) -> Option<Value> {
    let responses = operation.get("responses")?;
    let response = SUCCESS.iter().find_map(|status| responses.get(status))?;
    let response = refs.mapping(response, "a response", &mut Sink::new())?;
    let schema = match response.get("content") {
        Some(content) => content.as_map()?.iter().find(|media| is_json(&media.key.value))?.value.get("schema")?,
        // Swagger 2.0.
        None => response.get("schema")?,
    };
    loosened(&convert::answer(refs, dialect, schema))
}

/// The types and descriptions of a schema.
fn loosened(schema: &Value) -> Option<Value> {
    let schema = only(schema).as_object()?;
    let mut loose = Map::new();
    if let Some(types) = types(schema) {
        loose.insert("type".to_owned(), types);
    }
    if let Some(text) = schema.get("description") {
        loose.insert("description".to_owned(), text.clone());
    }
    if let Some(members) = schema.get("properties").and_then(Value::as_object) {
        let members =
            members.iter().map(|(name, member)| (name.clone(), loosened(member).unwrap_or_else(|| json!({}))));
        loose.insert("properties".to_owned(), Value::Object(members.collect()));
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get(key).filter(|inner| inner.is_object()).and_then(loosened) {
            loose.insert(key.to_owned(), inner);
        }
    }
    Some(loose.into())
}

/// The one alternative that is not null, where there is one.
fn only(schema: &Value) -> &Value {
    let choices = ["anyOf", "oneOf"].iter().find_map(|key| schema.get(*key)?.as_array());
    let mut real = choices.into_iter().flatten().filter(|choice| choice.get("type") != Some(&json!("null")));
    match (real.next(), real.next()) {
        (Some(only), None) => only,
        _ => schema,
    }
}

/// The types of a schema, and null.
fn types(schema: &Map<String, Value>) -> Option<Value> {
    let mut types: Vec<&str> = match schema.get("type") {
        Some(Value::String(word)) => vec![word],
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
        _ if schema.contains_key("properties") => vec!["object"],
        _ => return None,
    };
    if !types.contains(&"null") {
        types.push("null");
    }
    Some(json!(types))
}
