//! Puts what is wrong with a value into words: field, expectation, what came, an example.

use std::borrow::Cow;

use capstan_plan::{Input, budget::VIOLATIONS, suggest::nearest};
use jsonschema::{ValidationError, Validator, error::ValidationErrorKind};
use serde_json::Value as Json;

use super::{
    example::Examples,
    schema::{self, known},
};
use crate::base::fault::Violation;

/// How much of a wrong value is repeated.
const SHOWN: usize = 80;

/// A place in the value of an input.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub(super) input: &'p Input,
    /// A JSON Pointer.
    pub(super) pointer: &'p str,
}

/// Appends everything wrong with `value`.
pub(super) fn all(input: &Input, validator: &Validator, value: &Json, examples: &Examples, found: &mut Vec<Violation>) {
    for error in validator.iter_errors(value).take(VIOLATIONS) {
        let pointer = error.instance_path().as_str().to_owned();
        let place = Place { input, pointer: &pointer };
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                let pointer = format!("{pointer}/{}", escaped(property.as_str().unwrap_or_default()));
                let place = Place { input, pointer: &pointer };
                found.push(Violation { missing: true, ..place.violation("is required", examples) });
            }
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                let object = schema::at(&input.schema, &input.schema, &pointer);
                let names = object.map(|object| known(object, &input.schema)).unwrap_or_default();
                let given = |name: &&str| error.instance().get(*name).is_some();
                for name in unexpected {
                    let missing = names.iter().copied().filter(|known| !given(known));
                    let near = nearest(name, missing);
                    found.push(place.unknown(name, near, Violation::one_of(&names)));
                }
            }
            kind => {
                found.push(place.violation(&words(kind, error.instance(), &error.to_string()), examples));
            }
        }
    }
}

impl Place<'_> {
    /// What is wrong here: `words` follow the name.
    fn violation(self, words: &str, examples: &Examples) -> Violation {
        let Self { input, pointer } = self;
        let schema = schema::at(&input.schema, &input.schema, pointer);
        let path = path(input, pointer);
        Violation {
            message: format!("`{path}` {words}"),
            name: if input.whole_body { path.into() } else { input.name.clone() },
            pointer: pointer.into(),
            place: None,
            expected: schema.and_then(|schema| schema::describe(schema, &input.schema)),
            example: examples.at(pointer),
            missing: false,
            whole_body: input.whole_body,
        }
    }

    /// A member of the object here that is not known.
    pub(super) fn unknown(self, name: &str, near: Option<&str>, expected: Option<String>) -> Violation {
        let Self { input, pointer } = self;
        let pointer = format!("{pointer}/{}", escaped(name));
        let path = path(input, &pointer);
        // The known one stands where the unknown one does.
        let near =
            near.map(|near| path.strip_suffix(name).map_or_else(|| near.to_owned(), |way| format!("{way}{near}")));
        let name: Box<str> = if input.whole_body { path.as_ref().into() } else { input.name.clone() };
        let mut violation = Violation::unknown(&path, near.as_deref());
        violation.name = name;
        violation.pointer = pointer.as_str().into();
        violation.expected = expected.filter(|_| near.is_none());
        violation.whole_body = input.whole_body;
        violation
    }
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

/// A name as a segment of a JSON Pointer.
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// One failure as a sentence that names the place by its pointer.
pub(super) fn sentence(error: &ValidationError<'_>) -> String {
    let pointer = error.instance_path().as_str();
    let place = if pointer.is_empty() { "it".to_owned() } else { format!("`{pointer}`") };
    format!("{place} {}", words(error.kind(), error.instance(), &error.to_string()))
}

fn words(kind: &ValidationErrorKind, value: &Json, fallback: &str) -> String {
    let shown = shown(value);
    match kind {
        ValidationErrorKind::Type { .. } => {
            format!("must not be {} ({shown})", schema::article(schema::type_of(value)))
        }
        ValidationErrorKind::Maximum { limit } => format!("must be at most {limit}, not {shown}"),
        ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}, not {shown}"),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("must be less than {limit}, not {shown}"),
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("must be more than {limit}, not {shown}"),
        ValidationErrorKind::MultipleOf { multiple_of } => format!("must be a multiple of {multiple_of}, not {shown}"),
        ValidationErrorKind::Enum { options } => format!("must be one of {options}, not {shown}"),
        ValidationErrorKind::Constant { expected_value } => format!("must be {expected_value}, not {shown}"),
        ValidationErrorKind::MaxLength { limit } => {
            format!("must have at most {limit} characters, not {}", length(value))
        }
        ValidationErrorKind::MinLength { limit } => {
            format!("must have at least {limit} characters, not {}", length(value))
        }
        ValidationErrorKind::MaxItems { limit } => format!("must have at most {limit} elements, not {}", length(value)),
        ValidationErrorKind::MinItems { limit } => {
            format!("must have at least {limit} elements, not {}", length(value))
        }
        ValidationErrorKind::Pattern { pattern } => format!("must match {pattern}, which {shown} does not"),
        ValidationErrorKind::Format { format } => format!("must be a valid {format}, not {shown}"),
        ValidationErrorKind::AnyOf { .. } | ValidationErrorKind::OneOfNotValid { .. } => {
            format!("is none of the accepted alternatives ({shown})")
        }
        ValidationErrorKind::OneOfMultipleValid { .. } => "fits more than one of the alternatives".to_owned(),
        ValidationErrorKind::Required { property } => {
            format!("must have `{}`", property.as_str().unwrap_or_default())
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            format!("must not have `{}`", unexpected.join("`, `"))
        }
        ValidationErrorKind::UniqueItems => "must not repeat elements".to_owned(),
        ValidationErrorKind::FalseSchema => "must be left out".to_owned(),
        _ => format!("is not valid: {fallback}"),
    }
}

/// How many characters or elements a value has.
fn length(value: &Json) -> usize {
    match value {
        Json::String(text) => text.chars().count(),
        Json::Array(list) => list.len(),
        _ => 0,
    }
}

fn shown(value: &Json) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
