//! Tests of `arguments`.

use capstan_plan::SlotId;
use serde_json::json;

use super::{super::tests::fixture, *};

fn split(tool: &Tool, arguments: Value) -> Vec<Value> {
    let Value::Object(arguments) = arguments else { panic!("not an object") };
    let mut flow = fixture::flow("x", Value::Null);
    flow.slots = 3;
    let inputs = inputs(tool, &flow, Some(arguments));
    (0..3).map(|slot| inputs.json(SlotId(slot)).cloned().unwrap_or(Value::Null)).collect()
}

/// `id` fills slot 0; the rest is the body in slot 1.
fn tool(properties: Value) -> Tool {
    let mut tool = fixture::tool("x", capstan_plan::FlowId(0));
    tool.input_schema = json!({ "type": "object", "properties": properties }).into();
    tool.arguments = Box::new([("id".into(), SlotId(0))]);
    tool.body = Some(FlatBody { slot: SlotId(1), argument: "body".into(), more: More::Unsaid });
    tool
}

#[test]
fn what_nothing_claims_is_the_body_in_order() {
    let tool = tool(json!({ "id": {}, "prompt": {}, "width": {} }));
    let slots = split(&tool, json!({ "width": 3, "id": 1, "prompt": "a cat" }));
    assert_eq!(slots[0], json!(1));
    assert_eq!(slots[1].to_string(), r#"{"width":3,"prompt":"a cat"}"#);
}

#[test]
fn a_sole_argument_of_that_name_is_the_whole_body() {
    let tool = tool(json!({ "id": {}, "prompt": {} }));
    assert_eq!(split(&tool, json!({ "id": 1, "body": { "prompt": "x" } }))[1], json!({ "prompt": "x" }));
    assert_eq!(split(&tool, json!({ "body": "{\"prompt\": \"x\"}" }))[1], json!({ "prompt": "x" }));
    assert_eq!(split(&tool, json!({ "body": "text" }))[1], json!({ "body": "text" }));
}

#[test]
fn a_body_shown_as_one_argument_may_be_anything() {
    let tool = tool(json!({ "id": {}, "body": {} }));
    assert_eq!(split(&tool, json!({ "id": 1, "body": [1, 2] }))[1], json!([1, 2]));
}

#[test]
fn a_field_named_body_stays_a_field() {
    let tool = tool(json!({ "id": {}, "body": {}, "title": {} }));
    assert_eq!(split(&tool, json!({ "body": { "a": 1 } }))[1], json!({ "body": { "a": 1 } }));
}

#[test]
fn nothing_left_is_no_body() {
    let tool = tool(json!({ "id": {}, "prompt": {} }));
    assert_eq!(split(&tool, json!({ "id": 1 }))[1], Value::Null);
}

/// What a call is told of arguments nothing takes.
async fn refused(tool: &Tool, arguments: Value) -> Vec<String> {
    let mut flow = fixture::flow("x", Value::Null);
    flow.slots = 3;
    let inputs = inputs(tool, &flow, arguments.as_object().cloned());
    let mut plan = capstan_plan::Plan::default();
    let id = plan.flows.push(flow);
    let lookup = |_: &capstan_plan::Binding| Ok(None);
    let shared = capstan_engine::Shared::system();
    let engine = capstan_engine::Engine::activate(plan.into(), &lookup, &capstan_engine::Overrides::default(), shared);
    match std::sync::Arc::new(engine).invoke(id, inputs, capstan_engine::Invocation::default()).await {
        Ok(_) => Vec::new(),
        Err(fault) => fault.violations.iter().map(|violation| violation.message.clone()).collect(),
    }
}

#[tokio::test]
async fn what_nothing_takes_is_refused_by_name() {
    let mut tool = tool(json!({ "id": {}, "limit": {} }));
    tool.arguments = Box::new([("id".into(), SlotId(0)), ("limit".into(), SlotId(2))]);
    tool.body = None;
    assert_eq!(refused(&tool, json!({ "id": 1, "limit": 2 })).await, Vec::<String>::new());
    assert_eq!(
        refused(&tool, json!({ "id": 1, "limt": 2, "x": null })).await,
        ["`limt` is not known here; did you mean `limit`?", "`x` is not known here"]
    );
}

#[tokio::test]
async fn a_body_takes_what_is_no_slip() {
    let mut tool = tool(json!({ "id": {}, "prompt": {}, "width": {} }));
    assert_eq!(refused(&tool, json!({ "id": 1, "prompt": "x", "style": "new" })).await, Vec::<String>::new());
    let slip = ["`promt` is not known here; did you mean `prompt`?"];
    assert_eq!(refused(&tool, json!({ "id": 1, "promt": "x" })).await, slip);
    assert_eq!(refused(&tool, json!({ "idd": 1, "prompt": "x" })).await, Vec::<String>::new(), "too short to be sure");
    // What is there is not missing.
    assert_eq!(refused(&tool, json!({ "promt": "x", "prompt": "y" })).await, Vec::<String>::new());
    tool.body.as_mut().unwrap().more = More::Sent;
    assert_eq!(refused(&tool, json!({ "promt": "x" })).await, Vec::<String>::new());
    tool.body.as_mut().unwrap().more = More::Refused;
    assert_eq!(refused(&tool, json!({ "style": "x" })).await, ["`style` is not known here"]);
}

#[tokio::test]
async fn nothing_stands_beside_a_body_in_one_piece() {
    let said = ["`note` is not known here; put it into `body` if it is part of it"];
    let shown = tool(json!({ "id": {}, "body": {} }));
    assert_eq!(refused(&shown, json!({ "body": { "a": 1 }, "note": "x" })).await, said);
    let flat = tool(json!({ "id": {}, "prompt": {} }));
    assert_eq!(refused(&flat, json!({ "body": { "a": 1 }, "note": "x" })).await, said);
}

#[tokio::test]
async fn what_the_capability_gives_itself_goes_nowhere() {
    let mut tool = tool(json!({ "id": {}, "body": {} }));
    tool.fixed = Box::new(["api_key".into()]);
    assert_eq!(refused(&tool, json!({ "id": 1, "body": { "a": 1 }, "api_key": "mine" })).await, Vec::<String>::new());
    assert_eq!(split(&tool, json!({ "a": 1, "api_key": "mine" }))[1], json!({ "a": 1 }));
    tool.body = None;
    assert_eq!(refused(&tool, json!({ "id": 1, "api_key": "mine" })).await, Vec::<String>::new());
}
