//! Input contracts: what callers send is coerced where models are known to err, then checked, all failures at once.

use std::sync::OnceLock;

use bytes::Bytes;
use capstan_plan::{Flow, Input};
use jsonschema::{Draft, Validator};
use serde::de::IgnoredAny;
use serde_json::{Map, Value as Json};

use super::{coerce, explain, schema};
use crate::{
    base::fault::{CallerFault, Fault, Violation},
    base::invocation::InputMode,
    base::value::{Inputs, Value},
    base::{form, media_type},
};

/// A schema ready to check values; none when it cannot be.
type Compiled = Option<Box<Validator>>;

/// The compiled contract of one flow; schemas are compiled on first use.
pub(crate) struct Contract {
    inputs: Box<[OnceLock<Compiled>]>,
    trivial: bool,
}

impl Contract {
    pub(crate) fn new(flow: &Flow) -> Self {
        Self { trivial: flow.inputs.is_empty(), inputs: flow.inputs.iter().map(|_| OnceLock::new()).collect() }
    }

    /// Coerces and checks the inputs of a call.
    ///
    /// # Errors
    /// Everything that is missing or wrong.
    pub(crate) fn check(&self, flow: &Flow, inputs: &mut Inputs, mode: InputMode) -> Result<(), Fault> {
        if self.trivial {
            return Ok(());
        }
        let mut violations = Vec::new();
        for (input, compiled) in flow.inputs.iter().zip(&self.inputs) {
            if mode == InputMode::Typed {
                coerce_typed(input, inputs);
            }
            if is_absent(inputs, input) {
                if let Some(default) = &input.default {
                    inputs.set(input.slot, Value::Json((**default).clone()));
                } else if input.required {
                    self.missing(input, compiled, mode, &mut violations);
                }
                continue;
            }
            if input.enforced {
                enforce(input, compiled, inputs, mode, &mut violations);
            }
        }
        if violations.is_empty() { Ok(()) } else { Err(refusal(violations)) }
    }

    fn missing(&self, input: &Input, compiled: &OnceLock<Compiled>, mode: InputMode, found: &mut Vec<Violation>) {
        // A model that gave no body at all is told about each field.
        if input.whole_body
            && mode == InputMode::Typed
            && input.enforced
            && let Some(validator) = validator(input, compiled)
        {
            let before = found.len();
            explain::all(input, validator, &Json::Object(Map::new()), found);
            if found.len() > before {
                return;
            }
        }
        found.push(Violation {
            name: input.name.clone(),
            pointer: Box::default(),
            message: if input.whole_body {
                "a request body is required".to_owned()
            } else {
                format!("`{}` is required", input.name)
            },
            expected: schema::describe(&input.schema, &input.schema),
            example: schema::example(&input.schema, &input.schema),
            missing: true,
            whole_body: input.whole_body,
        });
    }
}

/// Absent, JSON null where that means nothing, or an empty body.
fn is_absent(inputs: &Inputs, input: &Input) -> bool {
    match inputs.get(input.slot) {
        None => true,
        Some(Value::Bytes { data, .. }) => input.whole_body && data.is_empty(),
        Some(Value::Json(Json::Null)) => !schema::allows_null(&input.schema, &input.schema) && input.enforced,
        Some(Value::Json(_)) => false,
    }
}

/// Coerces what a model sent; an explicit null is dropped unless the schema has a use for it.
fn coerce_typed(input: &Input, inputs: &mut Inputs) {
    let Some(Value::Json(value)) = inputs.get(input.slot) else { return };
    let needed = value.is_null() || coerce::would_change(value, &input.schema, &input.schema, input.whole_body);
    if !needed {
        return;
    }
    if let Some(Value::Json(value)) = inputs.take(input.slot) {
        if value.is_null() && !schema::allows_null(&input.schema, &input.schema) {
            return;
        }
        let value = coerce::typed(value, &input.schema, &input.schema, input.whole_body);
        inputs.set(input.slot, Value::Json(value));
    }
}

fn enforce(input: &Input, compiled: &OnceLock<Compiled>, inputs: &Inputs, mode: InputMode, found: &mut Vec<Violation>) {
    let Some(validator) = validator(input, compiled) else { return };
    if let Some(Value::Bytes { media_type, data }) = inputs.get(input.slot)
        && media_type::is_form(media_type.as_deref())
        && serde_json::from_slice::<IgnoredAny>(data).is_err()
    {
        return not_json(input, validator, media_type.as_deref(), data, found);
    }
    if let Some(json) = inputs.json(input.slot) {
        if validator.is_valid(json) {
            return;
        }
        if mode == InputMode::Lexical && !input.whole_body {
            let read = coerce::lexical(json, &input.schema, &input.schema);
            if !validator.is_valid(&read) {
                explain::all(input, validator, &read, found);
            }
            return;
        }
        explain::all(input, validator, json, found);
        return;
    }
    let Some(Value::Bytes { media_type, data }) = inputs.get(input.slot) else { return };
    not_json(input, validator, media_type.as_deref(), data, found);
}

/// A body that is not JSON: a form stands for the object it means, other JSON-less types are not ours to check.
fn not_json(input: &Input, validator: &Validator, stated: Option<&str>, data: &Bytes, found: &mut Vec<Violation>) {
    let kind = stated.map(|m| media_type::essence(m).to_ascii_lowercase());
    match kind.as_deref() {
        Some(media_type::FORM) => {
            let object = Json::Object(form::decode(data));
            let read = coerce::lexical(&object, &input.schema, &input.schema);
            if !validator.is_valid(&read) {
                explain::all(input, validator, &read, found);
            }
        }
        None | Some("") => found.push(broken_json(input, data)),
        Some(kind) if media_type::is_json(kind) => found.push(broken_json(input, data)),
        Some(_) => {
            let text = Json::String(String::from_utf8_lossy(data).into_owned());
            if !input.whole_body && !validator.is_valid(&text) {
                explain::all(input, validator, &text, found);
            } else if input.whole_body
                && schema::is_object(&input.schema, &input.schema)
                && kind.as_deref() == Some("text/plain")
            {
                found.push(broken_json(input, data));
            }
        }
    }
}

fn broken_json(input: &Input, data: &Bytes) -> Violation {
    let why = serde_json::from_slice::<Json>(data).err().map_or_else(String::new, |error| format!(": {error}"));
    Violation {
        name: input.name.clone(),
        pointer: Box::default(),
        message: format!("the body is not JSON{why}"),
        expected: schema::describe(&input.schema, &input.schema),
        example: schema::example(&input.schema, &input.schema),
        missing: false,
        whole_body: input.whole_body,
    }
}

fn validator<'c>(input: &Input, compiled: &'c OnceLock<Compiled>) -> Option<&'c Validator> {
    compiled
        .get_or_init(|| {
            jsonschema::options()
                .with_draft(Draft::Draft202012)
                .build(&input.schema)
                .inspect_err(|error| {
                    tracing::warn!(input = %input.name, origin = %input.origin, %error, "schema cannot be enforced");
                })
                .ok()
                .map(Box::new)
        })
        .as_deref()
}

fn refusal(violations: Vec<Violation>) -> Fault {
    let kind = if violations.iter().all(|v| v.missing) { CallerFault::MissingInput } else { CallerFault::InvalidInput };
    let mut detail = String::new();
    for violation in &violations {
        if !detail.is_empty() {
            detail.push_str("; ");
        }
        detail.push_str(&violation.message);
        if violation.missing {
            continue;
        }
        if let Some(expected) = &violation.expected {
            detail.push_str(" (expected ");
            detail.push_str(expected);
            detail.push(')');
        }
    }
    let mut fault = Fault::caller(kind, detail);
    fault.violations = violations;
    fault
}

#[cfg(test)]
mod tests;
