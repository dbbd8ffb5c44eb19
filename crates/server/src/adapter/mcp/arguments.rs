//! Arguments of a tool call become the inputs of its flow. An argument that nothing takes is refused, never dropped. Types are the
//! engine's business.

use capstan_engine::{Inputs, Violation};
use capstan_plan::{
    FlatBody, Flow, More, Tool,
    suggest::{Names, nearest, slip},
};
use serde_json::{Map, Value};

/// How many arguments that are not shown are compared with those that are.
const UNKNOWN: usize = 64;

/// The inputs for `arguments`.
pub(super) fn inputs(tool: &Tool, flow: &Flow, arguments: Option<Map<String, Value>>) -> Inputs {
    let mut inputs = Inputs::for_flow(flow);
    let Some(mut rest) = arguments else { return inputs };
    let mut given = Vec::new();
    for (name, slot) in &tool.arguments {
        // Order matters in what remains: it is the body.
        if let Some(value) = rest.shift_remove(&**name) {
            inputs.set(*slot, value.into());
            given.push(&**name);
        }
    }
    let known = Known { tool, given };
    rest.retain(|name, _| !tool.fixed.iter().any(|fixed| **fixed == **name) || known.is_shown(name));
    if rest.is_empty() {
        return inputs;
    }
    match &tool.body {
        Some(body) => {
            let value = known.body(body, rest, &mut inputs);
            inputs.set(body.slot, value.into());
        }
        None => rest.keys().for_each(|name| inputs.refuse(known.unknown(name))),
    }
    inputs
}

/// The arguments of a tool, and which of them a call gave.
struct Known<'t> {
    tool: &'t Tool,
    given: Vec<&'t str>,
}

impl<'t> Known<'t> {
    /// The arguments clients are shown.
    fn shown(&self) -> impl Iterator<Item = &'t str> {
        let properties = self.tool.input_schema.get("properties").and_then(Value::as_object);
        properties.into_iter().flat_map(|properties| properties.keys().map(String::as_str))
    }

    fn is_shown(&self, name: &str) -> bool {
        self.shown().any(|shown| shown == name)
    }

    /// Whether an argument fills a slot of its own.
    fn is_claimed(&self, name: &str) -> bool {
        self.tool.arguments.iter().any(|(claimed, _)| **claimed == *name)
    }

    /// The body in `rest`: what the argument of that name carries, or else all of it as one object.
    fn body(&self, body: &FlatBody, mut rest: Map<String, Value>, inputs: &mut Inputs) -> Value {
        let name = &*body.argument;
        if self.is_shown(name) {
            let alone = self.shown().all(|shown| shown == name || self.is_claimed(shown));
            // Either the schema shows the body as this one argument, or the body has a field of that name.
            if alone && let Some(whole) = rest.shift_remove(name) {
                rest.keys().for_each(|beside| inputs.refuse(beside_body(beside, name)));
                return whole;
            }
        } else if let Some(whole) = rest.get(name).and_then(object) {
            rest.shift_remove(name);
            // A body in one piece and parts of it are two bodies.
            rest.keys().for_each(|beside| inputs.refuse(beside_body(beside, name)));
            return Value::Object(whole);
        }
        self.fields(body, &mut rest, inputs);
        Value::Object(rest)
    }

    /// Leaves the fields of a body; what is none of them is refused.
    fn fields(&self, body: &FlatBody, rest: &mut Map<String, Value>, inputs: &mut Inputs) {
        if body.more == More::Sent {
            return;
        }
        let missing: Vec<&str> =
            self.shown().filter(|shown| !self.given.contains(shown) && !rest.contains_key(*shown)).collect();
        let mut looked_at = 0;
        rest.retain(|name, _| {
            if self.is_shown(name) {
                return true;
            }
            looked_at += 1;
            let stays = body.more == More::Unsaid
                && (looked_at > UNKNOWN || slip(name, missing.iter().copied(), Names::Given).is_none());
            if !stays {
                inputs.refuse(self.unknown(name));
            }
            stays
        });
    }

    fn unknown(&self, name: &str) -> Violation {
        let near = nearest(name, self.shown().filter(|shown| !self.given.contains(shown)));
        let shown: Vec<&str> = self.shown().collect();
        let expected = match (near, shown.is_empty()) {
            (Some(_), _) => None,
            (None, true) => Some("no arguments".to_owned()),
            (None, false) => Violation::one_of(&shown),
        };
        Violation { expected, ..Violation::unknown(name, near) }
    }
}

/// The object an argument is; some models write objects as text.
fn object(value: &Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(object) => Some(object.clone()),
        Value::String(text) => serde_json::from_str(text).ok(),
        _ => None,
    }
}

/// An argument beside the one that carries the whole body.
fn beside_body(name: &str, body: &str) -> Violation {
    let message = format!("`{name}` is not known here; put it into `{body}` if it is part of it");
    Violation { message, ..Violation::unknown(name, None) }
}

#[cfg(test)]
mod tests;
