//! When something that came is what a spec says: JSON by value, text by line, with wildcards. `{{any}}` stands for any text,
//! a line `...` for any lines, a key `"..."` for any other keys, a last element `"..."` for any further elements.

use serde_json::{Map, Value};

const ANY: &str = "{{any}}";
const MORE: &str = "...";

/// Whether a text fits a pattern with `{{any}}`.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split(ANY);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Compares bodies: as JSON when the expected one is, else as text.
///
/// # Errors
/// Where they differ.
pub fn body(expected: &str, actual: &str) -> Result<(), String> {
    if let Ok(expected) = serde_json::from_str::<Value>(expected)
        && expected != MORE
    {
        let Ok(actual) = serde_json::from_str(actual) else {
            return Err("differs in its body, which is not JSON".to_owned());
        };
        return json(&expected, &actual, "the body");
    }
    let (expected, actual): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    if lines(&expected, &actual) { Ok(()) } else { Err("differs in its body".to_owned()) }
}

fn lines(expected: &[&str], actual: &[&str]) -> bool {
    match expected.split_first() {
        None => actual.is_empty(),
        Some((&MORE, rest)) => (0..=actual.len()).any(|skipped| lines(rest, &actual[skipped..])),
        Some((first, rest)) => actual.split_first().is_some_and(|(line, more)| glob(first, line) && lines(rest, more)),
    }
}

/// Compares two values; of an object only the keys the expected one has.
///
/// # Errors
/// Where they differ.
pub fn top(expected: &Value, actual: &Value) -> Result<(), String> {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => object(expected, actual, true, ""),
        _ => json(expected, actual, "the value"),
    }
}

fn json(expected: &Value, actual: &Value, at: &str) -> Result<(), String> {
    match (expected, actual) {
        (Value::String(pattern), _) if pattern == ANY => Ok(()),
        (Value::String(pattern), Value::String(text)) if glob(pattern, text) => Ok(()),
        (Value::Object(expected), Value::Object(actual)) => object(expected, actual, expected.contains_key(MORE), at),
        (Value::Array(expected), Value::Array(actual)) => {
            let open = expected.last().is_some_and(|last| last == MORE);
            let expected = if open { &expected[..expected.len() - 1] } else { expected };
            if actual.len() < expected.len() || (!open && actual.len() > expected.len()) {
                return Err(format!("differs at {at}: {} elements", actual.len()));
            }
            let each = |(index, (expected, actual))| json(expected, actual, &format!("{at}[{index}]"));
            expected.iter().zip(actual).enumerate().try_for_each(each)
        }
        _ if expected == actual => Ok(()),
        _ => Err(format!("differs at {at}: {actual}")),
    }
}

fn object(expected: &Map<String, Value>, actual: &Map<String, Value>, open: bool, at: &str) -> Result<(), String> {
    for (key, expected) in expected.iter().filter(|(key, _)| *key != MORE) {
        match (key.strip_prefix('!'), actual.get(key)) {
            (_, Some(actual)) => json(expected, actual, &format!("{at}.{key}"))?,
            (Some(absent), None) if !actual.contains_key(absent) => {}
            (Some(absent), None) => return Err(format!("has {at}.{absent}")),
            (None, None) => return Err(format!("lacks {at}.{key}")),
        }
    }
    match actual.keys().find(|key| !open && !expected.contains_key(*key)) {
        Some(key) => Err(format!("has {at}.{key} too")),
        None => Ok(()),
    }
}

/// Of an object, the keys that were asked for.
#[must_use]
pub fn restrict(actual: &Value, expected: &Value) -> Value {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => {
            let asked = actual.iter().filter(|(key, _)| expected.contains_key(*key));
            Value::Object(asked.map(|(key, value)| (key.clone(), value.clone())).collect())
        }
        _ => actual.clone(),
    }
}

/// JSON laid out for reading, any other text as it is.
#[must_use]
pub fn pretty(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(value) if text.len() > 100 => serde_json::to_string_pretty(&value).unwrap_or_default(),
        _ => text.to_owned(),
    }
}
