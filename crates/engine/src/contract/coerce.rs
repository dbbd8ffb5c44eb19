//! Reads values as what a schema asks for: numbers and booleans in text, lists and objects in text, null for nothing.

use serde_json::{Map, Value as Json};

use super::schema::{allows_null, items, property, resolve, type_of, types};

/// Whether [`typed`] would change anything: spares a copy where nothing is to do.
pub(super) fn would_change(value: &Json, schema: &Json, root: &Json, whole: bool) -> bool {
    match value {
        Json::String(text) => read_text(text, schema, root, whole).is_some(),
        Json::Array(list) => {
            let item = items(schema, root);
            item.is_some_and(|item| list.iter().any(|value| would_change(value, item, root, false)))
        }
        Json::Object(members) => members.iter().any(|(name, value)| {
            property(schema, root, name).is_some_and(|inner| {
                (value.is_null() && dropped(schema, root, name, inner)) || would_change(value, inner, root, false)
            })
        }),
        Json::Number(_) => integral(value, schema, root).is_some(),
        Json::Null | Json::Bool(_) => false,
    }
}

/// What a model meant. `whole`: a request body, where text that is a JSON object or list stands for it.
pub(super) fn typed(value: Json, schema: &Json, root: &Json, whole: bool) -> Json {
    match value {
        Json::String(text) => match read_text(&text, schema, root, whole) {
            Some(read) => typed(read, schema, root, false),
            None => Json::String(text),
        },
        Json::Array(list) => match items(schema, root) {
            Some(item) => Json::Array(list.into_iter().map(|value| typed(value, item, root, false)).collect()),
            None => Json::Array(list),
        },
        Json::Object(members) => {
            let mut out = Map::with_capacity(members.len());
            for (name, value) in members {
                match property(schema, root, &name) {
                    Some(inner) if value.is_null() && dropped(schema, root, &name, inner) => {}
                    Some(inner) => {
                        let value = typed(value, inner, root, false);
                        out.insert(name, value);
                    }
                    None => {
                        out.insert(name, value);
                    }
                }
            }
            Json::Object(out)
        }
        number @ Json::Number(_) => integral(&number, schema, root).unwrap_or(number),
        other => other,
    }
}

/// Text of an HTTP request read as what the schema asks for.
pub(super) fn lexical(value: &Json, schema: &Json, root: &Json) -> Json {
    let types = types(schema, root);
    match value {
        Json::String(text) => {
            if types.contains(&"array") && !types.contains(&"string") {
                let read = match items(schema, root) {
                    Some(item) => lexical(value, item, root),
                    None => value.clone(),
                };
                return read_text(text, schema, root, false).filter(Json::is_array).unwrap_or(Json::Array(vec![read]));
            }
            read_text(text, schema, root, false).unwrap_or_else(|| value.clone())
        }
        Json::Array(list) => match items(schema, root) {
            Some(item) => Json::Array(list.iter().map(|value| lexical(value, item, root)).collect()),
            None => value.clone(),
        },
        Json::Object(members) => Json::Object(
            members
                .iter()
                .map(|(name, value)| {
                    let value = property(schema, root, name).map_or_else(|| value.clone(), |s| lexical(value, s, root));
                    (name.clone(), value)
                })
                .collect(),
        ),
        other => other.clone(),
    }
}

/// What one text means in which elements, or names and values in turn, stand between delimiters.
pub(super) fn delimited(value: &Json, delimiter: char, schema: &Json, root: &Json) -> Option<Json> {
    let text = value.as_str().filter(|text| text.contains(delimiter) && !text.starts_with(['{', '[']))?;
    let types = types(schema, root);
    if types.contains(&"array") {
        let item = items(schema, root)?;
        return Some(text.split(delimiter).map(|element| lexical(&Json::from(element), item, root)).collect());
    }
    if !types.contains(&"object") {
        return None;
    }
    let parts: Vec<&str> = text.split(delimiter).collect();
    let pairs = match parts.iter().map(|part| part.split_once('=')).collect::<Option<Vec<_>>>() {
        Some(exploded) => exploded,
        None => {
            let (pairs, odd) = parts.as_chunks::<2>();
            if !odd.is_empty() {
                return None;
            }
            pairs.iter().map(|[name, value]| (*name, *value)).collect()
        }
    };
    let members: Map<String, Json> =
        pairs.into_iter().map(|(name, value)| (name.to_owned(), Json::from(value))).collect();
    Some(lexical(&Json::Object(members), schema, root))
}

/// Elements in one text, with commas between them, where a list is asked for.
pub(super) fn separated(value: &Json, schema: &Json, root: &Json) -> Option<Json> {
    let text = value.as_str().filter(|text| text.contains(','))?;
    let item = items(schema, root).filter(|_| types(schema, root).contains(&"array"))?;
    Some(text.split(',').map(|element| lexical(&Json::from(element), item, root)).collect())
}

/// Whether `read` says all that `text` says: a number with more digits than ours hold would be printed as another one.
pub(super) fn is_exact(text: &Json, read: &Json) -> bool {
    match (text, read) {
        (Json::String(text), Json::Number(number)) => {
            number.to_string() == text.trim() || mantissa(text).filter(char::is_ascii_digit).count() <= DIGITS
        }
        (Json::Array(texts), Json::Array(values)) => {
            texts.iter().zip(values).all(|(text, value)| is_exact(text, value))
        }
        // One text where a list may stand is sent as it is, wherever that is.
        (Json::String(_), Json::Array(_)) => false,
        _ => true,
    }
}

/// The digits every decimal number keeps when it is read.
const DIGITS: usize = 15;

fn mantissa(text: &str) -> impl Iterator<Item = char> {
    text.chars().take_while(|c| !matches!(c, 'e' | 'E'))
}

/// An optional member that is null and may not be.
fn dropped(schema: &Json, root: &Json, name: &str, inner: &Json) -> bool {
    let required = resolve(schema, root).get("required").and_then(Json::as_array);
    let required = required.is_some_and(|names| names.iter().any(|known| known.as_str() == Some(name)));
    !required && !types(inner, root).is_empty() && !allows_null(inner, root)
}

/// `5.0` where an integer is asked for.
fn integral(value: &Json, schema: &Json, root: &Json) -> Option<Json> {
    let number = value.as_f64().filter(|_| value.is_f64())?;
    let types = types(schema, root);
    if !types.contains(&"integer") || types.contains(&"number") || number.fract() != 0.0 || number.abs() > 9e15 {
        return None;
    }
    serde_json::from_str(&format!("{number:.0}")).ok()
}

/// The JSON value a text stands for, when the schema asks for one and does not accept text.
fn read_text(text: &str, schema: &Json, root: &Json, whole: bool) -> Option<Json> {
    let types = types(schema, root);
    if types.contains(&"string") {
        return None;
    }
    let trimmed = text.trim();
    if types.is_empty() {
        return if whole && trimmed.starts_with(['{', '[']) { serde_json::from_str(trimmed).ok() } else { None };
    }
    let read: Json = match trimmed {
        "True" => Json::Bool(true),
        "False" => Json::Bool(false),
        "None" => Json::Null,
        _ => serde_json::from_str(trimmed).ok()?,
    };
    let found = type_of(&read);
    let integral = found == "number" && read.as_f64().is_some_and(|number| number.fract() == 0.0);
    let fits = types.contains(&found)
        || (found == "integer" && types.contains(&"number"))
        || (integral && types.contains(&"integer"));
    fits.then_some(read)
}
