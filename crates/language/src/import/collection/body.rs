//! Bodies of requests and of saved answers; what they are is read from their examples.

use serde_json::{Map, Value, json};

use super::written::prose;

/// How deep an example is looked into.
const DEEPEST: usize = 24;

/// The body of a request.
pub(super) fn request(body: &Value) -> Option<Value> {
    if body.get("disabled").and_then(Value::as_bool) == Some(true) {
        return None;
    }
    let content = match body.get("mode")?.as_str()? {
        "raw" => {
            let text = body.get("raw")?.as_str().filter(|text| !text.trim().is_empty())?;
            let language = body.pointer("/options/raw/language").and_then(Value::as_str);
            match serde_json::from_str::<Value>(text) {
                Ok(example) => json!({ "application/json": { "schema": schema(&example, 0), "example": example } }),
                // With variables in it, it is JSON all the same.
                Err(_) if language == Some("json") || text.trim_start().starts_with(['{', '[']) => {
                    json!({ "application/json": { "schema": { "type": "object" } } })
                }
                Err(_) => {
                    let media = match language {
                        Some("xml") => "application/xml",
                        Some("html") => "text/html",
                        Some("javascript") => "application/javascript",
                        _ => "text/plain",
                    };
                    json!({ media: { "schema": { "type": "string" } } })
                }
            }
        }
        "urlencoded" => json!({ "application/x-www-form-urlencoded": { "schema": fields(body.get("urlencoded")?) } }),
        "formdata" => json!({ "multipart/form-data": { "schema": fields(body.get("formdata")?) } }),
        "file" => json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } }),
        "graphql" => {
            let text = json!({ "type": "string", "description": "The GraphQL query." });
            let schema = json!({
                "type": "object",
                "properties": { "query": text, "variables": { "type": "object" } },
                "required": ["query"],
            });
            json!({ "application/json": { "schema": schema } })
        }
        _ => return None,
    };
    Some(json!({ "content": content }))
}

/// The fields of a form.
fn fields(list: &Value) -> Value {
    let mut properties = Map::new();
    for field in list.as_array().into_iter().flatten() {
        let Some(name) = field.get("key").and_then(Value::as_str).filter(|name| !name.is_empty()) else { continue };
        let is_file = field.get("type").and_then(Value::as_str) == Some("file");
        let mut one = json!({ "type": "string" });
        if let Value::Object(members) = &mut one {
            if is_file {
                members.insert("format".to_owned(), json!("binary"));
            }
            members.extend(prose(field.get("description")).map(|text| ("description".to_owned(), json!(text))));
            let value = field.get("value").and_then(Value::as_str);
            if let Some(value) = value.filter(|value| !is_file && !value.is_empty() && !value.contains("{{")) {
                members.insert("example".to_owned(), json!(value));
            }
        }
        properties.insert(name.to_owned(), one);
    }
    json!({ "type": "object", "properties": properties })
}

/// The answers that were saved.
pub(super) fn responses(item: &Value) -> Value {
    let mut responses = Map::new();
    for saved in item.get("response").and_then(Value::as_array).into_iter().flatten() {
        let Some(status) = saved.get("code").and_then(Value::as_u64).filter(|code| (100..600).contains(code)) else {
            continue;
        };
        let description = saved.get("name").and_then(Value::as_str).unwrap_or("An answer.");
        let mut answer = json!({ "description": description });
        let example =
            saved.get("body").and_then(Value::as_str).and_then(|text| serde_json::from_str::<Value>(text).ok());
        if let (Value::Object(members), Some(example)) = (&mut answer, example) {
            let content = json!({ "application/json": { "schema": schema(&example, 0) } });
            members.insert("content".to_owned(), content);
        }
        responses.entry(status.to_string()).or_insert(answer);
    }
    if responses.is_empty() {
        responses.insert("default".to_owned(), json!({ "description": "The answer." }));
    }
    responses.into()
}

/// What a value is an example of.
fn schema(example: &Value, depth: usize) -> Value {
    if depth >= DEEPEST {
        return json!({});
    }
    match example {
        Value::Object(members) => {
            let properties: Map<String, Value> =
                members.iter().map(|(name, value)| (name.clone(), schema(value, depth + 1))).collect();
            json!({ "type": "object", "properties": properties })
        }
        Value::Array(items) => match items.first() {
            Some(first) => json!({ "type": "array", "items": schema(first, depth + 1) }),
            None => json!({ "type": "array", "items": {} }),
        },
        Value::String(_) => json!({ "type": "string" }),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Number(number) if number.is_f64() => json!({ "type": "number" }),
        Value::Number(_) => json!({ "type": "integer" }),
        Value::Null => json!({}),
    }
}
