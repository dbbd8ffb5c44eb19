//! A document without what nobody needs here, where it is larger than documents may be: other operations, examples of bodies, and
//! shared parts nothing refers to.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::select::Selection;

/// The methods of a path.
const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// Where shared parts stand.
const SHARED: &[&str] = &["components", "definitions", "parameters", "responses"];

/// Leaves of a document what a selection needs.
pub(super) fn reduced(document: &mut Value, selection: &Selection) {
    let Some(root) = document.as_object_mut() else { return };
    root.retain(|key, _| !matches!(key.as_str(), "webhooks" | "x-webhooks" | "x-tagGroups"));
    if let Some(Value::Object(paths)) = root.get_mut("paths") {
        for (path, item) in paths.iter_mut() {
            if let Value::Object(item) = item {
                item.retain(|method, operation| {
                    !METHODS.contains(&method.as_str()) || selection.takes(method, path, &tags(operation))
                });
            }
        }
        paths.retain(|_, item| item.get("$ref").is_some() || METHODS.iter().any(|method| item.get(method).is_some()));
    }
    without_examples(document, false);
    unshared(document);
}

fn tags(operation: &Value) -> Vec<String> {
    let list = operation.get("tags").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Takes the examples of media types away; those of parameters and schemas help callers.
fn without_examples(value: &mut Value, named: bool) {
    match value {
        Value::Object(members) => {
            if !named && members.get("schema").is_some() && members.get("in").is_none() {
                members.retain(|key, _| !matches!(key.as_str(), "example" | "examples"));
            }
            for (key, value) in members.iter_mut() {
                without_examples(value, matches!(key.as_str(), "properties" | "patternProperties"));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| without_examples(item, false)),
        _ => {}
    }
}

/// Takes shared parts away that nothing leads to.
fn unshared(document: &mut Value) {
    let mut seen: HashSet<String> = HashSet::new();
    let mut waiting: Vec<String> = Vec::new();
    if let Value::Object(root) = &*document {
        let own = root.iter().filter(|(key, _)| !SHARED.contains(&key.as_str()));
        own.for_each(|(_, value)| references(value, &mut waiting));
    }
    while let Some(pointer) = waiting.pop() {
        let Some(part) = part(&pointer) else { continue };
        if seen.insert(part.clone())
            && let Some(value) = document.pointer(&part)
        {
            references(value, &mut waiting);
        }
    }
    let keep = |prefix: &str, members: &mut Map<String, Value>| {
        members.retain(|name, _| seen.contains(&format!("{prefix}/{}", escaped(name))));
    };
    for shared in SHARED {
        let Some(Value::Object(members)) = document.get_mut(shared) else { continue };
        if *shared == "components" {
            for (kind, members) in members.iter_mut().filter(|(kind, _)| *kind != "securitySchemes") {
                members.as_object_mut().into_iter().for_each(|members| keep(&format!("/components/{kind}"), members));
            }
        } else {
            keep(&format!("/{shared}"), members);
        }
    }
}

/// The shared part a pointer leads into.
fn part(pointer: &str) -> Option<String> {
    let steps: Vec<&str> = pointer.strip_prefix('/')?.split('/').collect();
    let depth = if steps.first() == Some(&"components") { 3 } else { 2 };
    Some(format!("/{}", steps.get(..depth)?.join("/")))
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Every pointer a value refers to.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.values().for_each(|value| references(value, found)),
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        // A discriminator maps to references too; what only looks like one keeps a part more.
        Value::String(text) => {
            if let Some(pointer) = text.strip_prefix('#').filter(|pointer| pointer.starts_with('/')) {
                found.push(percent_encoding::percent_decode_str(pointer).decode_utf8_lossy().into_owned());
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_an_operation_needs_stays() {
        let mut document = json!({
            "paths": {
                "/a": {
                    "get": {"tags": ["one"], "responses": {"200": {"content": {"application/json": {
                        "schema": {"$ref": "#/components/schemas/A"}, "example": {"x": 1}}}}}},
                    "post": {"responses": {"200": {"$ref": "#/components/responses/R"}}},
                },
                "/b": {"get": {}},
            },
            "components": {
                "schemas": {
                    "A": {"properties": {"example": {"$ref": "#/components/schemas/B~1C"}, "schema": {}}},
                    "B/C": {"example": 5},
                    "D": {},
                },
                "responses": {"R": {"content": {"x/y": {"schema": {"$ref": "#/components/schemas/D"}}}}},
                "securitySchemes": {"key": {}},
            },
        });
        reduced(&mut document, &Selection::new(&["one".to_owned()], &[]).unwrap());
        let expected = json!({
            "paths": {"/a": {"get": {"tags": ["one"], "responses": {"200": {"content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/A"}}}}}}}},
            "components": {
                "schemas": {
                    "A": {"properties": {"example": {"$ref": "#/components/schemas/B~1C"}, "schema": {}}},
                    "B/C": {"example": 5},
                },
                "responses": {},
                "securitySchemes": {"key": {}},
            },
        });
        assert_eq!(document, expected);
    }
}
