//! The words for what the standard's schema rejects: what is wrong, then what to do.

use serde_json::Value;

use super::violation::Fault;
use crate::document::Node;

/// Message and help.
pub(super) fn phrase(fault: &Fault, node: &Node) -> (String, String) {
    let written = node.scalar_text().unwrap_or_default();
    match fault {
        Fault::Unexpected(key) => {
            (format!("the standard has no key `{key}` here"), "remove it, or move it where it belongs".to_owned())
        }
        Fault::BadName(key) => {
            (format!("the standard does not allow the name `{key}`"), "use letters, digits and hyphens".to_owned())
        }
        Fault::Missing(key) => (format!("the standard demands the key `{key}` here"), format!("add `{key}`")),
        Fault::Constant(value) => {
            let value = text(value);
            (format!("the standard demands `{value}` here"), format!("write `{value}`"))
        }
        Fault::OneOf(Value::Array(options)) => {
            let options: Vec<String> = options.iter().map(text).collect();
            (format!("the standard does not know `{written}` here"), format!("use one of: {}", options.join(", ")))
        }
        Fault::Type(ty) => (
            format!("the standard demands {} here, but this is {}", named(ty), node.kind_name()),
            format!("write {}", named(ty)),
        ),
        Fault::Pattern(pattern) => {
            let written = if written.is_empty() { "an empty text".to_owned() } else { format!("`{written}`") };
            (format!("the standard does not allow {written} here"), format!("it must match {pattern}"))
        }
        Fault::TooFew(0 | 1) => {
            ("the standard does not allow this to be empty".to_owned(), "fill it, or remove it".to_owned())
        }
        Fault::TooFew(least) => {
            (format!("the standard demands at least {least} of these"), "add the others".to_owned())
        }
        Fault::OneOf(_) | Fault::Combination => (
            "the standard does not allow these keys together".to_owned(),
            "keep the keys of one form; `capstan schema` and the README show the forms".to_owned(),
        ),
        Fault::Other(reason) => {
            (format!("the standard rejects this: {reason}"), "write it as the standard does".to_owned())
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn named(ty: &str) -> &str {
    match ty {
        "object" => "a mapping",
        "array" => "a list",
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        other => other,
    }
}
