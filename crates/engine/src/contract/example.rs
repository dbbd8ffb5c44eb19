//! Values that a schema accepts, to show callers: what the author gave as an example where there is one, else something made from
//! the bounds. Whatever is shown has passed the schema.

use jsonschema::Validator;
use serde_json::{Map, Value as Json, json};

use super::{
    compile::compiled,
    pattern,
    schema::{items, known, property, required, resolve, types},
};

/// How deep an example goes.
const DEPTH: usize = 8;

/// About how many values an example has.
const SIZE: usize = 120;

/// The examples of one schema.
pub(super) struct Examples {
    /// With what is required, and no more than it takes to say something.
    short: Option<Json>,
    /// With every member that could be made.
    full: Option<Json>,
}

impl Examples {
    /// The examples of a schema.
    pub(super) fn of(schema: &Json, validator: &Validator) -> Self {
        let passing = |wanted: Members| {
            let attempts = [(true, 0), (false, 0), (true, 1), (false, 1), (false, 2)];
            attempts.into_iter().find_map(|(trusting, choice)| {
                let mut maker = Maker { root: schema, wanted, trusting, choice, left: SIZE };
                maker.made(schema, 0).filter(|value| validator.is_valid(value))
            })
        };
        let short = passing(Members::Telling).or_else(|| passing(Members::Required));
        Self { short, full: passing(Members::All) }
    }

    /// An example for what a JSON Pointer into the value leads to.
    pub(super) fn at(&self, pointer: &str) -> Option<Json> {
        if pointer.is_empty() {
            return self.short.clone();
        }
        // An example of a list has few elements.
        let first: String = pointer
            .split('/')
            .skip(1)
            .map(
                |segment| {
                    if segment.bytes().all(|b| b.is_ascii_digit()) { "/0".to_owned() } else { format!("/{segment}") }
                },
            )
            .collect();
        let found = |example: &Json| example.pointer(pointer).or_else(|| example.pointer(&first)).cloned();
        self.full.as_ref().and_then(found).or_else(|| self.short.as_ref().and_then(found))
    }
}

/// A value `schema` accepts; nothing when none is found.
#[must_use]
pub fn example(schema: &Json) -> Option<Json> {
    let validator = compiled(schema).ok()?;
    Examples::of(schema, &validator).short
}

/// Which members of an object an example has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Members {
    Required,
    /// The required ones; where there are none, one.
    Telling,
    All,
}

/// One attempt.
struct Maker<'s> {
    root: &'s Json,
    wanted: Members,
    /// Whether what authors give as examples and defaults is used.
    trusting: bool,
    /// Which of several alternatives is tried.
    choice: usize,
    left: usize,
}

impl Maker<'_> {
    fn made(&mut self, schema: &Json, depth: usize) -> Option<Json> {
        self.left = self.left.checked_sub(1)?;
        if depth > DEPTH {
            return None;
        }
        let schema = resolve(schema, self.root);
        if let Some(given) = self.given(schema) {
            return Some(given.clone());
        }
        if let Some(joined) = self.joined(schema) {
            return self.made(&joined, depth + 1);
        }
        let types = types(schema, self.root);
        Some(match types.iter().find(|name| **name != "null").or(types.first()).copied() {
            Some("null") => Json::Null,
            Some("integer") => number(schema, true)?,
            Some("number") => number(schema, false)?,
            Some("boolean") => json!(true),
            Some("array") => self.list(schema, depth)?,
            Some("object") => self.object(schema, depth)?,
            // Where anything will do there is nothing to show.
            None if depth == 0 => return None,
            _ => json!(text(schema)?),
        })
    }

    /// What the schema itself gives.
    fn given<'v>(&self, schema: &'v Json) -> Option<&'v Json> {
        let fixed = schema.get("const").or_else(|| list(schema, "enum").find(|value| !value.is_null()));
        let says = |value: &&Json| !value.is_null() && value.as_str() != Some("");
        let shown = || {
            let examples = list(schema, "examples").next().or_else(|| schema.get("example"));
            examples.or_else(|| schema.get("default").filter(says))
        };
        match self.trusting {
            true => shown().or(fixed),
            false => fixed,
        }
    }

    /// The schema and its parts as one; nothing when it has no parts.
    fn joined(&self, schema: &Json) -> Option<Json> {
        let parts = ["allOf", "anyOf", "oneOf"];
        if !parts.iter().any(|key| schema.get(*key).is_some()) {
            return None;
        }
        let mut whole = schema.as_object()?.clone();
        let parts = parts.map(|key| whole.shift_remove(key));
        let [all, any, one] = parts.map(|part| match part {
            Some(Json::Array(branches)) => branches,
            _ => Vec::new(),
        });
        for branch in &all {
            join(&mut whole, resolve(branch, self.root));
        }
        for choices in [any, one] {
            let mut choices: Vec<&Json> = choices.iter().map(|choice| resolve(choice, self.root)).collect();
            // Null says least.
            choices.sort_by_key(|choice| choice.get("type").and_then(Json::as_str) == Some("null"));
            if let Some(choice) = choices.get(self.choice).or(choices.first()) {
                join(&mut whole, choice);
            }
        }
        Some(Json::Object(whole))
    }

    fn list(&mut self, schema: &Json, depth: usize) -> Option<Json> {
        let least = usize::try_from(schema.get("minItems").and_then(Json::as_u64).unwrap_or(1).max(1)).ok()?;
        let most = schema.get("maxItems").and_then(Json::as_u64).unwrap_or(u64::MAX);
        if most == 0 || least > SIZE {
            return (most == 0).then(|| json!([]));
        }
        let mut made: Vec<Json> = Vec::new();
        for prefix in list(schema, "prefixItems") {
            made.push(self.made(prefix, depth + 1)?);
        }
        let Some(item) = items(schema, self.root).filter(|item| item.is_object()) else {
            made.extend((made.len()..least).map(|at| json!(format!("text{at}"))));
            return Some(Json::Array(made));
        };
        let unique = schema.get("uniqueItems") == Some(&Json::Bool(true));
        let mut values = list(resolve(item, self.root), "enum").cloned();
        while made.len() < least {
            let next = match values.next().filter(|_| unique) {
                Some(value) => value,
                None if unique => apart(self.made(item, depth + 1)?, made.len()),
                None => self.made(item, depth + 1)?,
            };
            made.push(next);
        }
        Some(Json::Array(made))
    }

    fn object(&mut self, schema: &Json, depth: usize) -> Option<Json> {
        let mut object = Map::new();
        for name in required(schema) {
            let member = match property(schema, self.root, name) {
                Some(inner) => self.made(inner, depth + 1)?,
                None => json!("text"),
            };
            object.insert(name.to_owned(), member);
        }
        let least = schema.get("minProperties").and_then(Json::as_u64).unwrap_or(0);
        let optional: Vec<&str> = known(schema, self.root).into_iter().filter(|n| !object.contains_key(*n)).collect();
        for name in optional {
            let enough = match self.wanted {
                Members::All => false,
                Members::Telling if depth == 0 => !object.is_empty(),
                Members::Telling | Members::Required => true,
            };
            if enough && object.len() as u64 >= least {
                break;
            }
            if let Some(value) = property(schema, self.root, name).and_then(|inner| self.made(inner, depth + 1)) {
                object.insert(name.to_owned(), value);
            }
        }
        Some(Json::Object(object))
    }
}

fn list<'v>(schema: &'v Json, key: &str) -> impl Iterator<Item = &'v Json> {
    schema.get(key).and_then(Json::as_array).into_iter().flatten()
}

/// Adds what a part says: of bounds the narrower one, members and demands of both.
fn join(whole: &mut Map<String, Json>, part: &Json) {
    for (key, value) in part.as_object().into_iter().flatten() {
        match (key.as_str(), whole.get_mut(key), value) {
            ("properties", Some(Json::Object(members)), Json::Object(more)) => {
                members.extend(more.iter().map(|(name, member)| (name.clone(), member.clone())));
            }
            ("required" | "allOf", Some(Json::Array(names)), Json::Array(more)) => names.extend(more.iter().cloned()),
            ("minimum" | "minLength" | "minItems" | "exclusiveMinimum", Some(present), value) => {
                if value.as_f64() > present.as_f64() {
                    *present = value.clone();
                }
            }
            ("maximum" | "maxLength" | "maxItems" | "exclusiveMaximum", Some(present), value) => {
                if value.as_f64() < present.as_f64() {
                    *present = value.clone();
                }
            }
            _ => drop(whole.insert(key.clone(), value.clone())),
        }
    }
}

/// A number within the bounds.
fn number(schema: &Json, integer: bool) -> Option<Json> {
    let bounds = |name: &str| schema.get(name).and_then(Json::as_f64);
    let step = bounds("multipleOf").filter(|step| *step > 0.0).unwrap_or(1.0);
    let step = if integer { step.max(1.0) } else { step };
    let low = bounds("minimum").or_else(|| Some((bounds("exclusiveMinimum")? / step).floor() * step + step));
    let high = bounds("maximum").or_else(|| Some((bounds("exclusiveMaximum")? / step).ceil() * step - step));
    let value = match (low, high) {
        (Some(low), Some(high)) => {
            let up = (low / step).ceil() * step;
            if up <= high {
                up
            } else if integer {
                return None;
            } else {
                f64::midpoint(low, high)
            }
        }
        (Some(low), None) => (low / step).ceil() * step,
        (None, Some(high)) if high < step => (high / step).floor() * step,
        (None, _) => step,
    };
    // What is whole is written without a point.
    if value.fract() == 0.0 && value.abs() < 9e15 {
        serde_json::from_str(&format!("{value:.0}")).ok()
    } else {
        Some(json!(value))
    }
}

/// A text of the wanted form and length.
fn text(schema: &Json) -> Option<String> {
    let formatted = match schema.get("format").and_then(Json::as_str) {
        Some("uri" | "url" | "uri-reference" | "iri") => Some("https://example.com/"),
        Some("date-time") => Some("2026-01-31T12:00:00Z"),
        Some("date") => Some("2026-01-31"),
        Some("time") => Some("12:00:00Z"),
        Some("duration") => Some("P1D"),
        Some("email") => Some("someone@example.com"),
        Some("uuid") => Some("123e4567-e89b-12d3-a456-426614174000"),
        Some("ipv4") => Some("192.0.2.1"),
        Some("ipv6") => Some("2001:db8::1"),
        Some("hostname") => Some("example.com"),
        _ => None,
    };
    if let Some(pattern) = schema.get("pattern").and_then(Json::as_str) {
        return pattern::text(pattern);
    }
    let mut text = formatted.unwrap_or("text").to_owned();
    let least = usize::try_from(schema.get("minLength").and_then(Json::as_u64).unwrap_or(0)).ok()?;
    let most = schema.get("maxLength").and_then(Json::as_u64).and_then(|most| usize::try_from(most).ok());
    if least > 1000 {
        return None;
    }
    while text.chars().count() < least {
        text.push('x');
    }
    if let Some((end, _)) = most.and_then(|most| text.char_indices().nth(most)) {
        text.truncate(end);
    }
    Some(text)
}

/// The same, but not equal to those before it.
fn apart(value: Json, at: usize) -> Json {
    match (&value, at) {
        (_, 0) => value,
        (Json::String(text), at) => json!(format!("{text}{at}")),
        (Json::Number(number), at) => match number.as_i64() {
            Some(whole) => json!(whole.saturating_add_unsigned(at as u64)),
            None => value,
        },
        _ => value,
    }
}
