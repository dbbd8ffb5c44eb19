//! What stands in a collection the same way in many places.

use serde_json::{Value, json};

/// A description, which may be an object.
pub(super) fn prose(value: Option<&Value>) -> Option<String> {
    let value = value?;
    let text = value.as_str().or_else(|| value.get("content")?.as_str())?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A parameter of a request, with its value as an example.
pub(super) fn parameter(place: &str, name: &str, written: &Value, required: bool) -> Value {
    let mut out = json!({ "name": name, "in": place, "schema": { "type": "string" } });
    if let Value::Object(members) = &mut out {
        members.extend(prose(written.get("description")).map(|text| ("description".to_owned(), json!(text))));
        if required {
            members.insert("required".to_owned(), json!(true));
        }
        let value = written.get("value").and_then(Value::as_str);
        if let Some(value) = value.filter(|value| !value.is_empty() && !value.contains("{{")) {
            members.insert("example".to_owned(), json!(value));
        }
    }
    out
}
