//! Values in the path and the query of an upstream request: a value stays in its place, or there is no request.
#![no_main]

use std::sync::LazyLock;

use capstan_engine::{Inputs, Value, fuzzing};
use capstan_plan::{Flow, Plan, Request, StepKind};
use libfuzzer_sys::fuzz_target;

static PLAN: LazyLock<Plan> = LazyLock::new(|| capstan_fuzz::plan_of(CAPABILITY));

const CAPABILITY: &str = r#"
naftiko: 1.0.0-alpha2
info: {label: Places, description: A value in each place of a URL.}
capability:
  consumes:
  - type: http
    namespace: up
    baseUri: https://up.example
    resources:
    - name: all
      path: /items/{a}/x/v-{b}.json
      operations:
      - name: get
        method: GET
        inputParameters:
        - {name: a, in: path, type: string, required: true}
        - {name: b, in: path, type: string, required: true}
        - {name: fixed, in: query, value: one}
        - {name: q, in: query, type: string, required: true}
  exposes:
  - type: mcp
    port: 8080
    namespace: tools
    tools:
    - {name: get, description: Gets., call: up.get, with: {a: tools.a, b: tools.b, q: tools.q}}
"#;

fn flow(plan: &Plan) -> (&Flow, &Request) {
    let flow = plan.flows.iter().next().expect("one flow");
    let [step] = &*flow.steps else { panic!("one step") };
    let StepKind::Call(call) = &step.kind else { panic!("a call") };
    (flow, &call.request)
}

fuzz_target!(|text: &str| {
    let (flow, request) = flow(&PLAN);
    let mut inputs = Inputs::for_flow(flow);
    let mut lines = text.splitn(3, '\n');
    for input in &flow.inputs {
        inputs.set(input.slot, Value::text(lines.next().unwrap_or("x")));
    }
    let Ok(url) = fuzzing::path_and_query(request, &inputs) else { return };
    assert!(url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#'), "{url:?}");
    let (path, query) = url.split_once('?').expect("the query is always there");
    let segments: Vec<&str> = path.split('/').collect();
    let ["", "base", "items", first, "x", second] = segments[..] else { panic!("{url} leads elsewhere") };
    assert!(second.starts_with("v-") && second.ends_with(".json"), "{url}");
    let decoded = first.replace("%2E", ".").replace("%2e", ".");
    assert!(!matches!(&*decoded, "." | ".."), "{url}");
    let pairs: Vec<&str> = query.split('&').collect();
    let ["fixed=one", given] = pairs[..] else { panic!("{url} has other parameters") };
    assert!(given.starts_with("q="), "{url}");
});
