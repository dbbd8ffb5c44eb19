//! Arguments of a tool call become the inputs of its flow. Types are the engine's business.

use capstan_engine::{CallerFault, Fault, Inputs, Violation};
use capstan_plan::{FlatBody, Flow, Tool};
use serde_json::{Map, Value};

/// The inputs for `arguments`.
///
/// # Errors
/// Arguments nothing takes, when the tool's schema says that there are no others.
pub(super) fn inputs(tool: &Tool, flow: &Flow, arguments: Option<Map<String, Value>>) -> Result<Inputs, Fault> {
    let mut inputs = Inputs::for_flow(flow);
    let Some(mut rest) = arguments else { return Ok(inputs) };
    for (name, slot) in &tool.arguments {
        // Order matters in what remains: it is the body.
        if let Some(value) = rest.shift_remove(&**name) {
            inputs.set(*slot, value.into());
        }
    }
    if rest.is_empty() {
        return Ok(inputs);
    }
    match &tool.body {
        Some(body) => inputs.set(body.slot, whole(tool, body, rest).into()),
        None if tool.input_schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
            return Err(unknown(tool, rest.keys()));
        }
        None => {}
    }
    Ok(inputs)
}

/// The body in `rest`: what the argument of that name carries, or else all of it as one object.
fn whole(tool: &Tool, body: &FlatBody, mut rest: Map<String, Value>) -> Value {
    let name = &*body.argument;
    if !rest.contains_key(name) {
        return Value::Object(rest);
    }
    let properties = tool.input_schema.get("properties").and_then(Value::as_object);
    let shown = |name: &str| properties.is_some_and(|p| p.contains_key(name));
    if shown(name) {
        let claimed = |key: &str| tool.arguments.iter().any(|(claimed, _)| **claimed == *key);
        let alone = properties.is_some_and(|p| p.keys().all(|key| key == name || claimed(key)));
        // Either the schema shows the body as this one argument, or the body has a field of that name.
        return if alone { rest.shift_remove(name).unwrap_or_default() } else { Value::Object(rest) };
    }
    if rest.len() == 1 {
        match rest.get(name) {
            Some(Value::Object(_)) => return rest.shift_remove(name).unwrap_or_default(),
            Some(Value::String(text)) => {
                // Some models write objects as text.
                if let Ok(Value::Object(object)) = serde_json::from_str(text) {
                    return Value::Object(object);
                }
            }
            _ => {}
        }
    }
    Value::Object(rest)
}

fn unknown<'n>(tool: &Tool, names: impl Iterator<Item = &'n String>) -> Fault {
    let known: Vec<_> = tool.arguments.iter().map(|(name, _)| format!("`{name}`")).collect();
    let expected = if known.is_empty() { "no arguments".to_owned() } else { format!("only {}", known.join(", ")) };
    let mut fault = Fault::caller(CallerFault::InvalidInput, "an argument is not known");
    fault.violations = names
        .map(|name| Violation {
            name: name.as_str().into(),
            pointer: "".into(),
            message: "is not an argument of this tool".to_owned(),
            expected: Some(expected.clone()),
            example: None,
            missing: false,
            whole_body: false,
        })
        .collect();
    fault
}

#[cfg(test)]
mod tests;
