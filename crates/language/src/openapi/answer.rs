//! Owns what an operation says of its successful JSON answer, loosened to what holds of any answer a client should bear: types and
//! descriptions, everything nullable, nothing demanded. Documents are less careful with answers than with requests.

use super::convert;
use super::dialect::Dialect;
use super::media_type::is_json;
use super::refs::Refs;
use super::text::text;
use super::typed::TypedResponse;
use crate::diagnostic::Sink;
use crate::document::Node;
use serde_json::{Map, Value, json};

/// Answers of success, the most usual first.
const SUCCESS: &[&str] = &["200", "201", "202", "203", "2XX", "2xx", "default"];

/// The schema of the answer of an operation.
pub(super) fn answer<'a>(operation: &'a Node, refs: Refs<'a>, dialect: Dialect) -> Option<Value> {
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

/// The answers an operation names.
pub(super) fn responses<'a>(operation: &'a Node, refs: Refs<'a>, dialect: Dialect) -> Vec<TypedResponse> {
    let entries = operation.get("responses").and_then(Node::as_map).unwrap_or_default();
    let mut responses = Vec::with_capacity(entries.len());
    for entry in entries.iter().filter(|entry| !entry.key.value.starts_with("x-")) {
        let Some(response) = refs.mapping(&entry.value, "a response", &mut Sink::new()) else { continue };
        responses.push(TypedResponse {
            status: entry.key.value.to_string(),
            description: text(response, "description"),
            media: media(operation, response, refs, dialect),
        });
    }
    responses
}

/// The media types of an answer with their schemas; those of JSON alone have one.
fn media(operation: &Node, response: &Node, refs: Refs<'_>, dialect: Dialect) -> Vec<(String, Value)> {
    let schema = |name: &str, schema: Option<&Node>| {
        let schema = schema.filter(|_| is_json(name)).map(|schema| convert::answer(refs, dialect, schema));
        (name.to_owned(), schema.unwrap_or_else(|| json!({})))
    };
    if let Some(content) = response.get("content").and_then(Node::as_map) {
        return content.iter().map(|entry| schema(&entry.key.value, entry.value.get("schema"))).collect();
    }
    let Some(written) = response.get("schema") else { return Vec::new() };
    // Swagger 2.0.
    let produced = operation.get("produces").or_else(|| refs.main()?.get("produces")).and_then(Node::as_seq);
    let produced: Vec<&str> = produced.unwrap_or_default().iter().filter_map(Node::as_str).collect();
    match produced.as_slice() {
        [] => vec![schema("application/json", Some(written))],
        names => names.iter().map(|name| schema(name, Some(written))).collect(),
    }
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
