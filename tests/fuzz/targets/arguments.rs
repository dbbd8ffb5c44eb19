//! Arguments of a tool, as a model sends them: coerced to what the contract asks for, or refused with what to change.
#![no_main]

use std::sync::LazyLock;

use capstan_engine::{Inputs, Value, fuzzing};
use capstan_plan::Plan;
use libfuzzer_sys::fuzz_target;

static PLAN: LazyLock<Plan> = LazyLock::new(|| capstan_fuzz::plan_of(CAPABILITY));

const CAPABILITY: &str = r#"
naftiko: 1.0.0-alpha2
info: {label: Arguments, description: An argument of each type.}
capability:
  consumes:
  - type: http
    namespace: up
    baseUri: https://up.example
    resources:
    - name: all
      path: /items
      operations:
      - name: post
        method: POST
        body: {type: json, data: {s: '{{s}}', i: '{{i}}', n: '{{n}}', b: '{{b}}', l: '{{l}}', o: '{{o}}', e: '{{e}}'}}
  exposes:
  - type: mcp
    port: 8080
    namespace: tools
    tools:
    - name: post
      description: Posts.
      call: up.post
      inputParameters:
      - {name: s, type: string, required: true, description: Text.}
      - {name: i, type: integer, description: A whole number.}
      - {name: n, type: number, description: A number.}
      - {name: b, type: boolean, description: Yes or no.}
      - {name: l, type: array, description: A list.}
      - {name: o, type: object, description: An object.}
      - {name: e, type: string, enum: [red, green], description: A colour.}
      with: {s: tools.s, i: tools.i, n: tools.n, b: tools.b, l: tools.l, o: tools.o, e: tools.e}
"#;

fuzz_target!(|text: &str| {
    let Ok(serde_json::Value::Object(mut arguments)) = serde_json::from_str(text) else { return };
    let flow = PLAN.flows.iter().next().expect("one flow");
    let mut inputs = Inputs::for_flow(flow);
    for input in &flow.inputs {
        if let Some(value) = arguments.remove(&*input.name) {
            inputs.set(input.slot, Value::Json(value));
        }
    }
    let Err(fault) = fuzzing::check(flow, &mut inputs) else { return };
    assert!(!fault.violations.is_empty(), "a refusal names what is wrong: {fault}");
    assert!(fault.violations.iter().all(|violation| violation.message.len() < 8192), "a message is short");
});
