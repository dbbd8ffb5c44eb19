//! Owns a small valid value for a schema, to show in messages what is wanted.
//! It tries what the author wrote first and does not solve patterns or conditions.

use serde_json::{Map, Value, json};

/// Deepest nesting an example shows.
const MAX_DEPTH: usize = 8;

/// A minimal value a schema accepts, as far as that is simple to tell.
pub(crate) fn example_for(schema: &Value) -> Value {
    example(schema, 0)
}

fn example(schema: &Value, depth: usize) -> Value {
    let ty = first_type(schema);
    let written = schema.get("examples").and_then(|list| list.get(0)).or_else(|| schema.get("const"));
    let written = written.or_else(|| schema.get("default")).or_else(|| schema.get("enum")?.get(0));
    if let Some(value) = written.filter(|value| !value.is_null()) {
        return value.clone();
    }
    if depth >= MAX_DEPTH {
        return Value::Null;
    }
    for key in ["anyOf", "oneOf"] {
        let choices = schema.get(key).and_then(Value::as_array).filter(|_| ty.is_none());
        let choice = choices.and_then(|all| all.iter().find(|one| first_type(one) != Some("null")));
        if let Some(choice) = choice {
            return example(choice, depth + 1);
        }
    }
    match ty.or_else(|| schema.get("properties").map(|_| "object")) {
        Some("object") => Value::Object(object(schema, depth)),
        Some("array") => array(schema, depth),
        Some("integer") => integer(schema),
        Some("number") => number(schema),
        Some("boolean") => json!(true),
        Some("null") => Value::Null,
        _ => Value::String(text(schema)),
    }
}

/// The first type that is not null.
fn first_type(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::Array(types) => types.iter().filter_map(Value::as_str).find(|ty| *ty != "null"),
        ty => ty.as_str(),
    }
}

/// The members that must be there.
fn object(schema: &Value, depth: usize) -> Map<String, Value> {
    let names = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let any = json!({});
    let member = |name: &str| {
        let schema = schema.get("properties").and_then(|all| all.get(name)).unwrap_or(&any);
        (name.to_owned(), example(schema, depth + 1))
    };
    names.map(member).collect()
}

fn array(schema: &Value, depth: usize) -> Value {
    let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0).min(3);
    let any = json!({});
    let items = schema.get("items").unwrap_or(&any);
    (0..least).map(|_| example(items, depth + 1)).collect()
}

fn bound(schema: &Value, key: &str) -> Option<f64> {
    schema.get(key).and_then(Value::as_f64)
}

/// The allowed number nearest to one.
fn number(schema: &Value) -> Value {
    let mut value = 1.0_f64;
    if let Some(least) = bound(schema, "minimum") {
        value = value.max(least);
    }
    if let Some(below) = bound(schema, "exclusiveMinimum").filter(|below| value <= *below) {
        value = below + 1.0;
    }
    if let Some(most) = bound(schema, "maximum") {
        value = value.min(most);
    }
    if let Some(above) = bound(schema, "exclusiveMaximum").filter(|above| value >= *above) {
        // Half way to the lower bound, where there is one.
        let least = bound(schema, "minimum").or_else(|| bound(schema, "exclusiveMinimum"));
        value = f64::midpoint(least.unwrap_or(above - 2.0), above);
    }
    if let Some(step) = bound(schema, "multipleOf").filter(|step| *step > 0.0) {
        let up = (value / step).ceil() * step;
        value = if bound(schema, "maximum").is_some_and(|most| up > most) { (value / step).floor() * step } else { up };
    }
    json!(value)
}

/// The same, whole.
fn integer(schema: &Value) -> Value {
    let value = number(schema).as_f64().unwrap_or(1.0);
    let up = value.ceil();
    let too_much = bound(schema, "maximum").is_some_and(|most| up > most)
        || bound(schema, "exclusiveMaximum").is_some_and(|above| up >= above);
    let whole = if too_much { value.floor() } else { up };
    serde_json::from_str(&format!("{whole:.0}")).unwrap_or(json!(1))
}

fn text(schema: &Value) -> String {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let known = match format {
        "uuid" => Some("3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f"),
        "date" => Some("2026-01-31"),
        "time" => Some("12:00:00Z"),
        "date-time" => Some("2026-01-31T12:00:00Z"),
        "duration" => Some("PT1H"),
        "email" => Some("someone@example.com"),
        "uri" | "url" | "iri" | "uri-reference" => Some("https://example.com/"),
        "hostname" => Some("example.com"),
        "ipv4" => Some("192.0.2.1"),
        "ipv6" => Some("2001:db8::1"),
        "byte" => Some("dGV4dA=="),
        _ => None,
    };
    let least = schema.get("minLength").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let most =
        schema.get("maxLength").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
    let mut text: String = known.unwrap_or("text").chars().take(most).collect();
    let missing = least.min(256).saturating_sub(text.chars().count());
    text.extend(std::iter::repeat_n('x', missing));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples() {
        let cases = [
            (json!({}), json!("text")),
            (json!({"type": "integer", "minimum": 256, "maximum": 1440, "multipleOf": 32}), json!(256)),
            (json!({"type": "integer", "exclusiveMinimum": 5}), json!(6)),
            (json!({"type": "integer", "exclusiveMaximum": 1}), json!(0)),
            (json!({"type": "number", "minimum": 1.5, "maximum": 5}), json!(1.5)),
            (json!({"type": "number", "minimum": 0, "exclusiveMaximum": 1}), json!(0.5)),
            (json!({"type": ["string", "null"], "minLength": 6}), json!("textxx")),
            (json!({"type": "string", "maxLength": 2}), json!("te")),
            (json!({"type": "string", "format": "uri"}), json!("https://example.com/")),
            (json!({"anyOf": [{"type": "null"}, {"type": "boolean"}]}), json!(true)),
            (json!({"enum": ["jpeg", "png"]}), json!("jpeg")),
            (json!({"type": "integer", "default": null, "examples": [42]}), json!(42)),
            (json!({"type": "array", "minItems": 2, "items": {"type": "boolean"}}), json!([true, true])),
            (
                json!({"type": "object", "properties": {"a": {"type": "boolean"}, "b": {}}, "required": ["a"]}),
                json!({"a": true}),
            ),
        ];
        for (schema, expected) in cases {
            assert_eq!(example_for(&schema), expected, "{schema}");
        }
    }
}
