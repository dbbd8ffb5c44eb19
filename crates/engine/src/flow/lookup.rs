//! Lookup steps: entries of an earlier step's output, found by key.

use capstan_plan::Lookup;
use serde_json::{Map, Value};

use crate::{
    base::fault::{CapabilityFault, Fault},
    base::value,
    template::scope::Scope,
};

/// How many results a lookup by list may have, and how many values it may look for.
const MAX_RESULTS: usize = 100_000;

/// Searches the output of an earlier step.
pub(crate) fn run(planned: &Lookup, scope: Scope<'_>) -> Result<Option<value::Value>, Fault> {
    let Some(index) = scope.eval(&planned.index)? else {
        return Err(Fault::capability(CapabilityFault::LookupFailed, "the step it searches has no output"));
    };
    let Some(wanted) = scope.eval(&planned.value)? else { return Ok(None) };
    let found = search(&index.into_json(), &planned.matches, &wanted.into_json(), &planned.fields);
    Ok(found.map(value::Value::Json))
}

/// Finds entries of `index` whose field `matches` equals `value`, and keeps `fields` of them (absent ones as null; all of
/// the entry when none are named).
///
/// `index` is a list of objects, one object that matches itself, or an object that holds exactly one list of objects. A
/// list `value` finds one entry per element, in its order; otherwise the first entry found is the result.
fn search(index: &Value, matches: &str, value: &Value, fields: &[Box<str>]) -> Option<Value> {
    let Value::Array(wanted) = value else {
        return find(index, matches, &text(value)).map(|entry| project(entry, fields));
    };
    let entries = entries(index, matches);
    // One pass over the index, so that long lists on both sides stay linear; the first entry of a key wins.
    let mut by_key = std::collections::HashMap::with_capacity(entries.len());
    for (key, entry) in entries {
        by_key.entry(key).or_insert(entry);
    }
    let found: Vec<Value> = wanted
        .iter()
        .filter_map(|value| by_key.get(&text(value)))
        .take(MAX_RESULTS)
        .map(|entry| project(entry, fields))
        .collect();
    if found.is_empty() { None } else { Some(Value::Array(found)) }
}

fn find<'a>(index: &'a Value, matches: &str, wanted: &str) -> Option<&'a Map<String, Value>> {
    candidates(index, matches).into_iter().find(|entry| entry.get(matches).is_some_and(|field| text(field) == wanted))
}

fn entries<'a>(index: &'a Value, matches: &str) -> Vec<(String, &'a Map<String, Value>)> {
    let keyed = |entry: &'a Map<String, Value>| Some((text(entry.get(matches)?), entry));
    candidates(index, matches).into_iter().filter_map(keyed).collect()
}

/// The objects searched.
fn candidates<'a>(index: &'a Value, matches: &str) -> Vec<&'a Map<String, Value>> {
    match index {
        Value::Array(list) => list.iter().filter_map(Value::as_object).collect(),
        // An object that has the field is an entry itself, whatever lists it holds.
        Value::Object(entry) if entry.contains_key(matches) => vec![entry],
        Value::Object(holder) => {
            let mut lists =
                holder.values().filter_map(Value::as_array).filter(|list| list.iter().any(Value::is_object));
            match (lists.next(), lists.next()) {
                (Some(list), None) => list.iter().filter_map(Value::as_object).collect(),
                _ => Vec::new(),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn project(entry: &Map<String, Value>, fields: &[Box<str>]) -> Value {
    if fields.is_empty() {
        return Value::Object(entry.clone());
    }
    let member = |name: &str| (name.to_owned(), entry.get(name).cloned().unwrap_or(Value::Null));
    Value::Object(fields.iter().map(|name| member(name)).collect())
}

/// A scalar as text; the number 5 and the text "5" are the same key. Lists and objects are no keys.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Array(_) | Value::Object(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::search;

    fn fields(names: &[&str]) -> Vec<Box<str>> {
        names.iter().map(|name| Box::from(*name)).collect()
    }

    fn look(index: &Value, matches: &str, value: Value, names: &[&str]) -> Option<Value> {
        search(index, matches, &value, &fields(names))
    }

    #[test]
    fn the_reference_examples() {
        let users = json!([{"id": 1, "email": "a", "n": "A"}, {"id": 2, "email": "b", "n": "B"}]);
        assert_eq!(look(&users, "id", json!("2"), &["n", "email"]), Some(json!({"n": "B", "email": "b"})));
        assert_eq!(look(&users, "id", json!(2), &["n"]), Some(json!({"n": "B"})));
        assert_eq!(look(&users, "id", json!([2, 1, 9]), &["n"]), Some(json!([{"n": "B"}, {"n": "A"}])));
        assert_eq!(look(&users, "id", json!("orders.owner"), &["n"]), None);
        assert_eq!(look(&users, "id", json!([9]), &["n"]), None);
    }

    #[test]
    fn absent_fields_are_null_and_no_fields_mean_all() {
        let users = json!([{"id": 1}]);
        assert_eq!(look(&users, "id", json!(1), &["n"]), Some(json!({"n": null})));
        assert_eq!(look(&users, "id", json!(1), &[]), Some(json!({"id": 1})));
    }

    #[test]
    fn an_object_matches_itself_or_holds_the_one_list_searched() {
        assert_eq!(look(&json!({"id": 5, "n": "x"}), "id", json!("5"), &["n"]), Some(json!({"n": "x"})));
        let page = json!({"total": 1, "tags": ["a"], "items": [{"id": 7, "n": "y"}]});
        assert_eq!(look(&page, "id", json!(7), &["n"]), Some(json!({"n": "y"})));
        let two = json!({"items": [{"id": 7}], "others": [{"id": 7}]});
        assert_eq!(look(&two, "id", json!(7), &[]), None);
        assert_eq!(look(&json!("text"), "id", json!(7), &[]), None);
    }

    #[test]
    fn containers_are_no_keys() {
        // The reference compares them as empty text; so does this.
        let odd = json!([{"id": {"a": 1}, "n": 1}]);
        assert_eq!(look(&odd, "id", json!("x"), &["n"]), None);
    }
}
