//! Input contracts: what callers send is coerced where models are known to err, then checked, all failures at once.

use std::sync::OnceLock;

use bytes::Bytes;
use capstan_plan::{Flow, Input};
use jsonschema::Validator;
use serde::de::IgnoredAny;
use serde_json::{Map, Value as Json};

use super::{coerce, compile::compiled, example::Examples, explain, schema, slips};
use crate::{
    base::fault::{CallerFault, CapabilityFault, Fault, Violation},
    base::invocation::InputMode,
    base::value::{Inputs, Value},
    base::{form, media_type},
};

/// A schema ready to check values, or why it cannot be.
type Compiled = Result<Box<Validator>, String>;

/// The compiled contract of one flow.
pub(crate) struct Contract {
    inputs: Box<[InputContract]>,
    trivial: bool,
}

/// What one input must satisfy; compiled on first use.
#[derive(Default)]
struct InputContract {
    compiled: OnceLock<Compiled>,
    /// Made when the first caller needs one.
    examples: OnceLock<Box<Examples>>,
}

impl Contract {
    pub(crate) fn new(flow: &Flow) -> Self {
        Self { trivial: flow.inputs.is_empty(), inputs: flow.inputs.iter().map(|_| InputContract::default()).collect() }
    }

    /// Coerces and checks the inputs of a call.
    ///
    /// # Errors
    /// Everything that is unknown, missing or wrong.
    pub(crate) fn check(&self, flow: &Flow, inputs: &mut Inputs, mode: InputMode) -> Result<(), Fault> {
        let mut violations = inputs.take_refused();
        if self.trivial {
            return outcome(violations);
        }
        for (input, contract) in flow.inputs.iter().zip(&self.inputs) {
            if mode == InputMode::Typed {
                coerce_typed(input, inputs);
            }
            if is_absent(inputs, input) {
                if let Some(default) = &input.default {
                    inputs.set(input.slot, Value::Json((**default).clone()));
                } else if input.required {
                    contract.missing(input, mode, &mut violations);
                }
                continue;
            }
            if input.enforced {
                contract.usable(input)?;
                if let Some(read) = contract.enforce(input, inputs, mode, &mut violations) {
                    inputs.set(input.slot, Value::Json(read));
                }
            }
        }
        outcome(violations)
    }
}

fn outcome(violations: Vec<Violation>) -> Result<(), Fault> {
    if violations.is_empty() { Ok(()) } else { Err(refusal(violations)) }
}

impl InputContract {
    fn missing(&self, input: &Input, mode: InputMode, found: &mut Vec<Violation>) {
        // A model that gave no body at all is told about each field.
        if input.whole_body
            && mode == InputMode::Typed
            && input.enforced
            && let Some(validator) = self.validator(input)
        {
            let before = found.len();
            explain::all(input, validator, &Json::Object(Map::new()), self.examples(input, validator), found);
            if found.len() > before {
                return;
            }
        }
        let message = match input.whole_body {
            true => "a request body is required".to_owned(),
            false => format!("`{}` is required", input.name),
        };
        found.push(Violation { missing: true, ..self.violation(input, message) });
    }

    /// Something wrong with all of an input.
    fn violation(&self, input: &Input, message: String) -> Violation {
        Violation {
            name: input.name.clone(),
            pointer: Box::default(),
            place: None,
            message,
            expected: schema::describe(&input.schema, &input.schema),
            example: self.validator(input).and_then(|validator| self.examples(input, validator).at("")),
            missing: false,
            whole_body: input.whole_body,
        }
    }

    /// Checks a value; text of a request comes back as what it was read as.
    fn enforce(&self, input: &Input, inputs: &Inputs, mode: InputMode, found: &mut Vec<Violation>) -> Option<Json> {
        let validator = self.validator(input)?;
        if let Some(Value::Bytes { media_type, data }) = inputs.get(input.slot)
            && media_type::is_form(media_type.as_deref())
            && serde_json::from_slice::<IgnoredAny>(data).is_err()
        {
            self.not_json(input, validator, media_type.as_deref(), data, found);
            return None;
        }
        let Some(json) = inputs.json(input.slot) else {
            if let Some(Value::Bytes { media_type, data }) = inputs.get(input.slot) {
                self.not_json(input, validator, media_type.as_deref(), data, found);
            }
            return None;
        };
        if validator.is_valid(json) {
            slips::all(input, json, found);
            return None;
        }
        let delimited =
            input.delimiter.and_then(|between| coerce::delimited(json, between, &input.schema, &input.schema));
        if let Some(read) = delimited {
            if validator.is_valid(&read) {
                return Some(read);
            }
            explain::all(input, validator, &read, self.examples(input, validator), found);
            return None;
        }
        if mode == InputMode::Lexical && !input.whole_body {
            let read = coerce::lexical(json, &input.schema, &input.schema);
            if validator.is_valid(&read) {
                return coerce::is_exact(json, &read).then_some(read);
            }
            // `?ids=1,2` is a list too, and sent as it was written.
            let separated = coerce::separated(json, &input.schema, &input.schema);
            if separated.is_some_and(|list| validator.is_valid(&list)) {
                return None;
            }
            explain::all(input, validator, &read, self.examples(input, validator), found);
            return None;
        }
        explain::all(input, validator, json, self.examples(input, validator), found);
        slips::all(input, json, found);
        None
    }

    /// A body that is not JSON: a form stands for the object it means, other JSON-less types are not ours to check.
    fn not_json(
        &self,
        input: &Input,
        validator: &Validator,
        stated: Option<&str>,
        data: &Bytes,
        found: &mut Vec<Violation>,
    ) {
        let kind = stated.map(|m| media_type::essence(m).to_ascii_lowercase());
        match kind.as_deref() {
            Some(media_type::FORM) => {
                let object = Json::Object(form::decode(data));
                let read = coerce::lexical(&object, &input.schema, &input.schema);
                if !validator.is_valid(&read) {
                    explain::all(input, validator, &read, self.examples(input, validator), found);
                }
                slips::all(input, &read, found);
            }
            None | Some("") => found.push(self.broken_json(input, data)),
            Some(kind) if media_type::is_json(kind) => found.push(self.broken_json(input, data)),
            Some(_) => {
                let text = Json::String(String::from_utf8_lossy(data).into_owned());
                if !input.whole_body && !validator.is_valid(&text) {
                    explain::all(input, validator, &text, self.examples(input, validator), found);
                } else if input.whole_body
                    && schema::is_object(&input.schema, &input.schema)
                    && kind.as_deref() == Some("text/plain")
                {
                    found.push(self.broken_json(input, data));
                }
            }
        }
    }

    fn broken_json(&self, input: &Input, data: &Bytes) -> Violation {
        let why = serde_json::from_slice::<Json>(data).err().map_or_else(String::new, |error| format!(": {error}"));
        self.violation(input, format!("the body is not JSON{why}"))
    }

    fn examples(&self, input: &Input, validator: &Validator) -> &Examples {
        self.examples.get_or_init(|| Box::new(Examples::of(&input.schema, validator)))
    }

    fn validator(&self, input: &Input) -> Option<&Validator> {
        self.compiled(input).as_deref().ok()
    }

    /// Says when a schema cannot be checked: then no value is taken, since whoever passes without a check may be anybody.
    fn usable(&self, input: &Input) -> Result<(), Fault> {
        self.compiled(input).as_ref().map(drop).map_err(|why| {
            let mut fault = Fault::capability(CapabilityFault::Unavailable, why.as_str()).at(&input.origin);
            fault.code = Some("bad-schema".into());
            fault
        })
    }

    fn compiled(&self, input: &Input) -> &Compiled {
        self.compiled.get_or_init(|| {
            compiled(&input.schema).map_err(|error| format!("`{}` cannot be checked: {error}", input.name))
        })
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
