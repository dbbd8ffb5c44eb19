//! Reads JSON Schemas just enough to describe what they accept, to make examples and to coerce.

use serde_json::{Map, Value as Json, json};

/// How many references are followed before a schema counts as unknown.
const DEPTH: usize = 16;

/// Follows local references.
pub(super) fn resolve<'s>(schema: &'s Json, root: &'s Json) -> &'s Json {
    let mut at = schema;
    for _ in 0..DEPTH {
        let Some(reference) = at.get("$ref").and_then(Json::as_str) else { return at };
        let Some(pointer) = reference.strip_prefix('#') else { return at };
        match root.pointer(pointer) {
            Some(next) => at = next,
            None => return at,
        }
    }
    at
}

/// The types a schema names, its own or those of its alternatives.
pub(super) fn types<'s>(schema: &'s Json, root: &'s Json) -> Vec<&'s str> {
    let mut out = Vec::new();
    gather(schema, root, &mut out, 0);
    out
}

fn gather<'s>(schema: &'s Json, root: &'s Json, out: &mut Vec<&'s str>, depth: usize) {
    if depth > DEPTH {
        return;
    }
    let schema = resolve(schema, root);
    match schema.get("type") {
        Some(Json::String(name)) => push(out, name),
        Some(Json::Array(names)) => names.iter().filter_map(Json::as_str).for_each(|name| push(out, name)),
        _ => {
            for key in ["anyOf", "oneOf", "allOf"] {
                for branch in schema.get(key).and_then(Json::as_array).into_iter().flatten() {
                    gather(branch, root, out, depth + 1);
                }
            }
            if out.is_empty() && schema.get("properties").is_some() {
                push(out, "object");
            }
            for value in schema.get("enum").and_then(Json::as_array).into_iter().flatten().chain(schema.get("const")) {
                push(out, type_of(value));
            }
        }
    }
}

fn push<'s>(out: &mut Vec<&'s str>, name: &'s str) {
    if !out.contains(&name) {
        out.push(name);
    }
}

/// The JSON Schema type of a value.
pub(super) fn type_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(number) if number.is_f64() => "number",
        Json::Number(_) => "integer",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

/// Whether an explicit null is a value of this schema. A schema that says nothing about types has no use for it.
pub(super) fn allows_null(schema: &Json, root: &Json) -> bool {
    let schema = resolve(schema, root);
    types(schema, root).contains(&"null") || schema.get("nullable") == Some(&Json::Bool(true))
}

/// Whether only objects are accepted.
pub(super) fn is_object(schema: &Json, root: &Json) -> bool {
    types(schema, root) == ["object"]
}

/// The schema of a member, through `allOf` and alternatives.
pub(super) fn property<'s>(schema: &'s Json, root: &'s Json, name: &str) -> Option<&'s Json> {
    member(schema, root, name, 0)
}

fn member<'s>(schema: &'s Json, root: &'s Json, name: &str, depth: usize) -> Option<&'s Json> {
    if depth > DEPTH {
        return None;
    }
    let schema = resolve(schema, root);
    if let Some(found) = schema.get("properties").and_then(|p| p.get(name)) {
        return Some(found);
    }
    ["allOf", "anyOf", "oneOf"]
        .iter()
        .filter_map(|key| schema.get(*key).and_then(Json::as_array))
        .flatten()
        .find_map(|branch| member(branch, root, name, depth + 1))
        .or_else(|| schema.get("additionalProperties").filter(|s| s.is_object()))
}

/// The schema of the elements.
pub(super) fn items<'s>(schema: &'s Json, root: &'s Json) -> Option<&'s Json> {
    let schema = resolve(schema, root);
    schema.get("items").or_else(|| {
        ["allOf", "anyOf", "oneOf"]
            .iter()
            .filter_map(|key| schema.get(*key).and_then(Json::as_array))
            .flatten()
            .find_map(|branch| resolve(branch, root).get("items"))
    })
}

/// The schema of what a pointer leads to.
pub(super) fn at<'s>(schema: &'s Json, root: &'s Json, pointer: &str) -> Option<&'s Json> {
    pointer.split('/').skip(1).try_fold(schema, |at, segment| {
        let name = segment.replace("~1", "/").replace("~0", "~");
        property(at, root, &name).or_else(|| name.parse::<usize>().ok().and_then(|_| items(at, root)))
    })
}

/// What is expected, in words; nothing when the schema accepts anything.
pub(super) fn describe(schema: &Json, root: &Json) -> Option<String> {
    let schema = resolve(schema, root);
    if let Some(value) = schema.get("const") {
        return Some(value.to_string());
    }
    if let Some(options) = schema.get("enum").and_then(Json::as_array) {
        let options: Vec<String> = options.iter().take(20).map(Json::to_string).collect();
        return Some(format!("one of {}", options.join(", ")));
    }
    let types = types(schema, root);
    if types.is_empty() {
        return None;
    }
    // Where alternatives differ, the one that is not null carries the bounds.
    let bounds = bounds(schema, root);
    let mut out = types.iter().map(|name| article(name)).collect::<Vec<_>>().join(" or ");
    let limit = |name: &str| bounds.get(name).filter(|v| v.is_number());
    match (limit("minimum"), limit("maximum")) {
        (Some(low), Some(high)) => out.push_str(&format!(" from {low} to {high}")),
        (Some(low), None) => out.push_str(&format!(", at least {low}")),
        (None, Some(high)) => out.push_str(&format!(", at most {high}")),
        (None, None) => {}
    }
    for (name, words) in [
        ("exclusiveMinimum", "more than"),
        ("exclusiveMaximum", "less than"),
        ("multipleOf", "a multiple of"),
        ("minLength", "at least this many characters:"),
        ("maxLength", "at most this many characters:"),
        ("minItems", "at least this many elements:"),
        ("maxItems", "at most this many elements:"),
    ] {
        if let Some(value) = limit(name) {
            out.push_str(&format!(", {words} {value}"));
        }
    }
    if let Some(format) = bounds.get("format").and_then(Json::as_str) {
        out.push_str(&format!(", format {format}"));
    }
    if let Some(pattern) = bounds.get("pattern").and_then(Json::as_str) {
        out.push_str(&format!(", matching {pattern}"));
    }
    if let Some(required) = bounds.get("required").and_then(Json::as_array).filter(|r| !r.is_empty()) {
        let names: Vec<String> = required.iter().filter_map(Json::as_str).map(|name| format!("`{name}`")).collect();
        out.push_str(&format!(" with {}", names.join(", ")));
    }
    Some(out)
}

/// The schema whose bounds apply to anything but null.
fn bounds<'s>(schema: &'s Json, root: &'s Json) -> &'s Json {
    ["anyOf", "oneOf", "allOf"]
        .iter()
        .filter_map(|key| schema.get(*key).and_then(Json::as_array))
        .flatten()
        .map(|branch| resolve(branch, root))
        .find(|branch| branch.get("type").and_then(Json::as_str) != Some("null"))
        .filter(|_| schema.get("type").is_none())
        .unwrap_or(schema)
}

fn article(name: &str) -> String {
    match name {
        "null" => "null".to_owned(),
        "integer" | "array" | "object" => format!("an {name}"),
        "string" => "text".to_owned(),
        other => format!("a {other}"),
    }
}

/// A value the schema accepts, as well as that can be told.
pub(super) fn example(schema: &Json, root: &Json) -> Option<Json> {
    made(schema, root, 0)
}

fn made(schema: &Json, root: &Json, depth: usize) -> Option<Json> {
    if depth > 6 {
        return None;
    }
    let schema = resolve(schema, root);
    let given = schema
        .get("examples")
        .and_then(Json::as_array)
        .and_then(|all| all.first())
        .or_else(|| schema.get("example"))
        .or_else(|| schema.get("const"))
        .or_else(|| schema.get("default").filter(|value| !value.is_null()))
        .or_else(|| schema.get("enum").and_then(Json::as_array).and_then(|all| all.iter().find(|v| !v.is_null())));
    if let Some(given) = given {
        return Some(given.clone());
    }
    let types = types(schema, root);
    let inner = bounds(schema, root);
    if !std::ptr::eq(inner, schema)
        && let Some(value) = made(inner, root, depth + 1)
    {
        return Some(value);
    }
    let kind = types.iter().find(|name| **name != "null")?;
    Some(match *kind {
        "integer" | "number" => ["minimum", "maximum", "multipleOf"]
            .iter()
            .find_map(|key| schema.get(*key).filter(|v| v.is_number()).cloned())
            .unwrap_or(json!(1)),
        "boolean" => json!(true),
        "array" => json!(
            [items(schema, root).and_then(|items| made(items, root, depth + 1))].iter().flatten().collect::<Vec<_>>()
        ),
        "object" => {
            let mut object = Map::new();
            for name in schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str) {
                let value = property(schema, root, name).and_then(|schema| made(schema, root, depth + 1));
                object.insert(name.to_owned(), value.unwrap_or_else(|| json!("...")));
            }
            Json::Object(object)
        }
        _ => match schema.get("format").and_then(Json::as_str) {
            Some("uri" | "url") => json!("https://example.com/"),
            Some("date-time") => json!("2026-01-31T12:00:00Z"),
            Some("date") => json!("2026-01-31"),
            Some("email") => json!("someone@example.com"),
            Some("uuid") => json!("123e4567-e89b-12d3-a456-426614174000"),
            _ => json!("text"),
        },
    })
}
