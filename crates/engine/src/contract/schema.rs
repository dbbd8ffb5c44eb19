//! Reads JSON Schemas just enough to describe what they accept and to coerce. Examples are made in `example`.

use serde_json::Value as Json;

/// How many references are followed before a schema counts as unknown.
const DEPTH: usize = 16;

/// How many parts of one schema are looked at.
const VISITED: usize = 500;

/// How many members of an object are named in a sentence.
const NAMED: usize = 12;

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
    if types.contains(&"object") {
        members(bounds, root, &mut out);
    }
    Some(out)
}

/// ` with ...` and what an object may have besides, as far as that fits in a sentence.
fn members(schema: &Json, root: &Json, out: &mut String) {
    let quoted = |names: &[&str]| {
        let shown: Vec<String> = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
        let more = if names.len() > NAMED { " and more" } else { "" };
        format!("{}{more}", shown.join(", "))
    };
    let required: Vec<&str> = required(schema).collect();
    let optional: Vec<&str> = known(schema, root).into_iter().filter(|name| !required.contains(name)).collect();
    match (required.is_empty(), optional.is_empty()) {
        (true, true) => {}
        (false, true) => out.push_str(&format!(" with {}", quoted(&required))),
        (true, false) => out.push_str(&format!(" that may have {}", quoted(&optional))),
        (false, false) => {
            out.push_str(&format!(" with {}; it may have {}", quoted(&required), quoted(&optional)));
        }
    }
}

/// The members a schema demands.
pub(super) fn required(schema: &Json) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str)
}

/// The members a schema knows by name, those of its alternatives included.
pub(super) fn known<'s>(schema: &'s Json, root: &'s Json) -> Vec<&'s str> {
    let mut names = Vec::new();
    visit(schema, root, &mut |part| {
        for name in part.get("properties").and_then(Json::as_object).into_iter().flat_map(|p| p.keys()) {
            push(&mut names, name);
        }
    });
    names
}

/// Whether a schema says nothing on members it does not name: neither that there are none, nor that there may be others.
pub(super) fn is_silent(schema: &Json, root: &Json) -> bool {
    let mut silent = true;
    visit(schema, root, &mut |part| {
        silent &= !["additionalProperties", "unevaluatedProperties", "patternProperties", "propertyNames"]
            .iter()
            .any(|key| part.get(*key).is_some());
    });
    silent
}

/// Calls `f` on a schema and on everything that is said of the same value. Schemas that refer to themselves are left at some point.
fn visit<'s>(schema: &'s Json, root: &'s Json, f: &mut dyn FnMut(&'s Json)) {
    let mut waiting = vec![schema];
    let mut left = VISITED;
    while let Some(schema) = waiting.pop() {
        left -= 1;
        if left == 0 {
            return;
        }
        let schema = resolve(schema, root);
        f(schema);
        waiting.extend(["else", "then", "if"].iter().filter_map(|key| schema.get(*key)));
        for key in ["oneOf", "anyOf", "allOf"] {
            waiting.extend(schema.get(key).and_then(Json::as_array).into_iter().flatten().rev());
        }
    }
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

/// A type with its article.
pub(super) fn article(name: &str) -> String {
    match name {
        "null" => "null".to_owned(),
        "integer" | "array" | "object" => format!("an {name}"),
        "string" => "text".to_owned(),
        other => format!("a {other}"),
    }
}
