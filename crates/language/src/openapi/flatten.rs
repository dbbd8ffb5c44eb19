//! Owns the plain object at the root of a body: clients of MCP refuse a root that is a choice or a composition.
//! The result accepts at least what the original accepts; what it no longer tells apart, the upstream does.

use super::annotation::is_annotation;
use super::merge::{conjoin, words};
use serde_json::{Map, Value, json};

type Schema = Map<String, Value>;

const COMPOSITIONS: &[&str] = &["allOf", "anyOf", "oneOf"];

/// Longest list of alternatives that is put into words.
const MAX_WORDED: usize = 6;

/// A root that describes objects becomes one plain object schema; any other stays.
pub(super) fn root(schema: Value) -> Value {
    match schema {
        Value::Object(map) if fit(&map) == Fit::Object => Value::Object(plain(map)),
        other => other,
    }
}

/// What a schema describes, seen from a root that wants objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// Objects, null aside.
    Object,
    /// Null alone.
    Null,
    /// It does not say.
    Open,
    /// Something else, or something else as well.
    Other,
}

fn fit(schema: &Schema) -> Fit {
    if let Some(ty) = schema.get("type") {
        let words: Vec<&str> = words(ty).into_iter().filter(|word| *word != "null").collect();
        return match words.as_slice() {
            [] => Fit::Null,
            ["object"] => Fit::Object,
            _ => Fit::Other,
        };
    }
    let hints = ["properties", "required", "patternProperties", "minProperties", "maxProperties", "dependentRequired"];
    let mut found = if hints.iter().any(|key| schema.contains_key(*key)) { Fit::Object } else { Fit::Open };
    if found == Fit::Open && schema.keys().any(|key| !is_annotation(key) && !COMPOSITIONS.contains(&key.as_str())) {
        // `enum`, `not` and the like: a branch may hold them, a root of its own is left alone.
        found = if schema.contains_key("additionalProperties") { Fit::Object } else { Fit::Other };
    }
    for branch in COMPOSITIONS.iter().flat_map(|key| branches(schema, key)) {
        match (found, branch.as_object().map_or(Fit::Open, fit)) {
            (Fit::Open, Fit::Object) => found = Fit::Object,
            (_, Fit::Other) => return Fit::Other,
            _ => {}
        }
    }
    found
}

fn branches<'a>(schema: &'a Schema, key: &str) -> &'a [Value] {
    schema.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The schema of the objects a schema describes, without composition.
fn plain(mut schema: Schema) -> Schema {
    let [all, any, one] = COMPOSITIONS else { return schema };
    let parts = take(&mut schema, all);
    let choices = [take(&mut schema, any), take(&mut schema, one)];
    let mut result = Map::from_iter([("type".to_owned(), json!("object"))]);
    schema.remove("type");
    result.extend(schema);
    for part in parts {
        result = add(result, plain(part));
    }
    for choice in choices {
        // Composition below the root of a branch was taken out on the way, so this is an object of members.
        let objects: Vec<Schema> = choice.into_iter().map(plain).collect();
        if !objects.is_empty() {
            let note = alternatives(&objects);
            result = add(result, united(objects));
            if let Some(note) = note {
                remark(&mut result, &note);
            }
        }
    }
    // Joining may have put aside what it could not fold; a root cannot carry it.
    result.remove("allOf");
    result
}

/// The object branches of a composition, which is taken out.
fn take(schema: &mut Schema, key: &str) -> Vec<Schema> {
    let Some(Value::Array(items)) = schema.shift_remove(key) else { return Vec::new() };
    let objects = items.into_iter().filter_map(|item| match item {
        Value::Object(map) => Some(map),
        _ => None,
    });
    objects.filter(|map| !map.contains_key("type") || fit(map) == Fit::Object).collect()
}

/// Joins a part into the whole; what the part says about itself is not about the whole.
fn add(whole: Schema, part: Schema) -> Schema {
    conjoin(whole, part.into_iter().filter(|(key, _)| !is_annotation(key)).collect())
}

/// One schema for any of several objects: all their members, and demanded only what all of them demand.
fn united(objects: Vec<Schema>) -> Schema {
    let closed = objects.iter().all(|object| object.get("additionalProperties") == Some(&Value::Bool(false)));
    let mut members: Map<String, Value> = Map::new();
    for (name, schema) in objects.iter().filter_map(|o| o.get("properties")?.as_object()).flatten() {
        let joined = members.get(name).map_or_else(|| schema.clone(), |present| either(present, schema));
        members.insert(name.clone(), joined);
    }
    let required = shared(&objects);
    let mut result = Map::new();
    if !members.is_empty() {
        result.insert("properties".to_owned(), Value::Object(members));
    }
    if !required.is_empty() {
        result.insert("required".to_owned(), json!(required));
    }
    if closed {
        result.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    result
}

/// The names every object demands.
fn shared(objects: &[Schema]) -> Vec<String> {
    let mut lists = objects.iter().map(required);
    let first = lists.next().unwrap_or_default();
    lists.fold(first, |shared, list| shared.into_iter().filter(|name| list.contains(name)).collect())
}

fn required(object: &Schema) -> Vec<String> {
    branches(object, "required").iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A schema for what either of two accepts.
fn either(first: &Value, second: &Value) -> Value {
    if first == second {
        return first.clone();
    }
    if let (Some(mut values), Some(more), Some(mut map)) =
        (constants(first), constants(second), first.as_object().cloned())
        && first.get("type") == second.get("type")
    {
        values.extend(more);
        let mut distinct: Vec<Value> = Vec::new();
        for value in values {
            if !distinct.contains(&value) {
                distinct.push(value);
            }
        }
        map.remove("const");
        map.retain(|key, value| !is_annotation(key) || second.get(key) == Some(value));
        map.insert("enum".to_owned(), Value::Array(distinct));
        return Value::Object(map);
    }
    let mut choices = match first.get("anyOf") {
        Some(Value::Array(choices)) if first.as_object().is_some_and(|map| map.len() == 1) => choices.clone(),
        _ => vec![first.clone()],
    };
    if !choices.contains(second) {
        choices.push(second.clone());
    }
    json!({"anyOf": choices})
}

/// The values of a schema that lists them and says nothing else of weight.
fn constants(schema: &Value) -> Option<Vec<Value>> {
    let map = schema.as_object()?;
    if !map.keys().all(|key| matches!(key.as_str(), "const" | "enum" | "type") || is_annotation(key)) {
        return None;
    }
    match (map.get("const"), map.get("enum")) {
        (Some(value), None) => Some(vec![value.clone()]),
        (None, Some(Value::Array(values))) => Some(values.clone()),
        _ => None,
    }
}

/// What each alternative demands beyond what all do, in words; nothing when one of them demands no more.
fn alternatives(objects: &[Schema]) -> Option<String> {
    let shared = shared(objects);
    let mut worded: Vec<String> = Vec::new();
    for object in objects {
        let own: Vec<String> = required(object)
            .into_iter()
            .filter(|name| !shared.contains(name))
            .map(|name| format!("`{name}`"))
            .collect();
        let words = own.join(" and ");
        if words.is_empty() {
            return None;
        }
        if !worded.contains(&words) {
            worded.push(words);
        }
    }
    (2..=MAX_WORDED).contains(&worded.len()).then(|| format!("Give {}.", worded.join(", or ")))
}

fn remark(schema: &mut Schema, note: &str) {
    let text = match schema.get("description").and_then(Value::as_str) {
        Some(text) => format!("{text}\n\n{note}"),
        None => note.to_owned(),
    };
    schema.insert("description".to_owned(), Value::String(text));
}
