//! Puts schema errors into words: field, expectation, an example.

use std::borrow::Cow;

use capstan_plan::{Input, budget::VIOLATIONS};
use jsonschema::{Validator, error::ValidationErrorKind};
use serde_json::Value as Json;

use super::schema;
use crate::base::fault::Violation;

/// How much of a wrong value is repeated.
const SHOWN: usize = 80;

/// Appends everything wrong with `value`.
pub(super) fn all(input: &Input, validator: &Validator, value: &Json, found: &mut Vec<Violation>) {
    for error in validator.iter_errors(value).take(VIOLATIONS) {
        let pointer = error.instance_path().as_str().to_owned();
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                let pointer = format!("{pointer}/{}", escaped(name));
                let path = path(input, &pointer);
                let message = format!("`{path}` is required");
                push(input, &pointer, message, true, found);
            }
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                for name in unexpected {
                    let pointer = format!("{pointer}/{}", escaped(name));
                    let path = path(input, &pointer);
                    push(input, &pointer, format!("`{path}` is not a known field"), false, found);
                }
            }
            kind => {
                let message =
                    format!("`{}` {}", path(input, &pointer), words(kind, error.instance(), &error.to_string()));
                push(input, &pointer, message, false, found);
            }
        }
    }
}

fn push(input: &Input, pointer: &str, message: String, missing: bool, found: &mut Vec<Violation>) {
    let schema = schema::at(&input.schema, &input.schema, pointer);
    let name = if input.whole_body { path(input, pointer) } else { Cow::Borrowed(&*input.name) };
    found.push(Violation {
        name: name.into(),
        pointer: pointer.into(),
        message,
        expected: schema.and_then(|schema| schema::describe(schema, &input.schema)),
        example: schema.and_then(|schema| schema::example(schema, &input.schema)),
        missing,
        whole_body: input.whole_body,
    });
}

/// How a caller would name the place: `width`, `options.size`, `tags[2]`.
fn path<'i>(input: &'i Input, pointer: &str) -> Cow<'i, str> {
    if pointer.is_empty() {
        return Cow::Borrowed(&input.name);
    }
    let mut out = if input.whole_body { String::new() } else { input.name.to_string() };
    for segment in pointer.split('/').skip(1) {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        if segment.parse::<usize>().is_ok() {
            out.push_str(&format!("[{segment}]"));
        } else {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(&segment);
        }
    }
    Cow::Owned(out)
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn words(kind: &ValidationErrorKind, value: &Json, fallback: &str) -> String {
    let shown = shown(value);
    match kind {
        ValidationErrorKind::Type { .. } => {
            format!("must not be {} ({shown})", schema::type_of(value))
        }
        ValidationErrorKind::Maximum { limit } => format!("must be at most {limit}, not {shown}"),
        ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}, not {shown}"),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("must be less than {limit}, not {shown}"),
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("must be more than {limit}, not {shown}"),
        ValidationErrorKind::MultipleOf { multiple_of } => format!("must be a multiple of {multiple_of}, not {shown}"),
        ValidationErrorKind::Enum { options } => format!("must be one of {options}, not {shown}"),
        ValidationErrorKind::Constant { expected_value } => format!("must be {expected_value}, not {shown}"),
        ValidationErrorKind::MaxLength { limit } => format!("must have at most {limit} characters"),
        ValidationErrorKind::MinLength { limit } => format!("must have at least {limit} characters"),
        ValidationErrorKind::MaxItems { limit } => format!("must have at most {limit} elements"),
        ValidationErrorKind::MinItems { limit } => format!("must have at least {limit} elements"),
        ValidationErrorKind::Pattern { pattern } => format!("must match {pattern}, which {shown} does not"),
        ValidationErrorKind::Format { format } => format!("must be a valid {format}, not {shown}"),
        ValidationErrorKind::AnyOf { .. } | ValidationErrorKind::OneOfNotValid { .. } => {
            format!("is none of the accepted alternatives ({shown})")
        }
        ValidationErrorKind::OneOfMultipleValid { .. } => "fits more than one of the alternatives".to_owned(),
        ValidationErrorKind::UniqueItems => "must not repeat elements".to_owned(),
        ValidationErrorKind::FalseSchema => "must be left out".to_owned(),
        _ => format!("is not valid: {fallback}"),
    }
}

fn shown(value: &Json) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
