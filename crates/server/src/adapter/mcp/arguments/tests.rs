//! Tests of `arguments`.

use capstan_plan::SlotId;
use serde_json::json;

use super::{super::tests::fixture, *};

fn split(tool: &Tool, arguments: Value) -> Vec<Value> {
    let Value::Object(arguments) = arguments else { panic!("not an object") };
    let mut flow = fixture::flow("x", Value::Null);
    flow.slots = 3;
    let inputs = inputs(tool, &flow, Some(arguments)).unwrap();
    (0..3).map(|slot| inputs.json(SlotId(slot)).cloned().unwrap_or(Value::Null)).collect()
}

/// `id` fills slot 0; the rest is the body in slot 1.
fn tool(properties: Value) -> Tool {
    let mut tool = fixture::tool("x", capstan_plan::FlowId(0));
    tool.input_schema = json!({ "type": "object", "properties": properties }).into();
    tool.arguments = Box::new([("id".into(), SlotId(0))]);
    tool.body = Some(FlatBody { slot: SlotId(1), argument: "body".into() });
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

#[test]
fn a_closed_schema_refuses_what_it_does_not_know() {
    let mut tool = tool(json!({ "id": {} }));
    tool.body = None;
    let mut schema = tool.input_schema.members();
    schema.insert("additionalProperties".into(), json!(false));
    tool.input_schema = schema.into();
    let mut flow = fixture::flow("x", Value::Null);
    flow.slots = 1;
    let given = json!({ "id": 1, "ids": 2 }).as_object().cloned();
    let fault = inputs(&tool, &flow, given).unwrap_err();
    assert_eq!(&*fault.violations[0].name, "ids");
    assert_eq!(fault.violations[0].expected.as_deref(), Some("only `id`"));
}
