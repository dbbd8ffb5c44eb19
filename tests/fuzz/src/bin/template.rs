//! A template in every place of a document where one may stand, and the request it makes of a caller's values.
#![no_main]

use capstan_engine::{Inputs, Value, fuzzing};
use capstan_language::source::MemoryFiles;
use capstan_plan::StepKind;
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|template: &str| {
    let text = capstan_fuzz::with_template(template);
    let Some(plan) = capstan_fuzz::compiled(&MemoryFiles::new().with("x.yaml", text)) else { return };
    for flow in plan.flows.iter() {
        for value in [json!("a/b?c#d {{id}}"), json!({"a": [1, null, {"b": "\r\nX: y"}]}), json!(-0.5)] {
            let mut inputs = Inputs::for_flow(flow);
            for input in &flow.inputs {
                inputs.set(input.slot, Value::Json(value.clone()));
            }
            let calls = flow.steps.iter().filter_map(|step| match &step.kind {
                StepKind::Call(call) => Some(call),
                _ => None,
            });
            for call in calls {
                let Ok((headers, _)) = fuzzing::request(&call.request, &inputs) else { continue };
                assert!(!headers.contains_key("x"), "a value made a header");
            }
        }
    }
});
