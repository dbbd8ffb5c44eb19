//! Tests of `contract`.

use capstan_plan::{Origin, Outcome, Outputs, SlotId};
use serde_json::json;

use super::*;

fn input(name: &str, slot: u32, schema: Json) -> Input {
    Input {
        name: name.into(),
        slot: SlotId(slot),
        required: true,
        schema: schema.into(),
        enforced: true,
        default: None,
        whole_body: false,
        origin: Origin::new("x.yaml".into(), 1, 1),
    }
}

fn body() -> Input {
    let schema = json!({
        "type": "object",
        "required": ["prompt"],
        "properties": {
            "prompt": {"type": "string", "examples": ["A cat"]},
            "width": {"type": "integer", "minimum": 256, "maximum": 1440, "multipleOf": 32, "default": 1024},
            "raw": {"type": "boolean"},
            "seed": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "steps": {"type": "integer"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "format": {"enum": ["jpeg", "png"]}
        }
    });
    Input { whole_body: true, ..input("body", 0, schema) }
}

fn flow(inputs: Vec<Input>) -> Flow {
    Flow {
        name: "f".into(),
        slots: 4,
        inputs: inputs.into(),
        bound: [].into(),
        steps: [].into(),
        outcome: Outcome::Response { step: 0, outputs: Outputs::Identity },
        bindings: [].into(),
        origin: Origin::new("x.yaml".into(), 1, 1),
    }
}

fn check(flow: &Flow, values: &[Json], mode: InputMode) -> (Result<(), Fault>, Inputs) {
    let mut inputs = Inputs::for_flow(flow);
    for (at, value) in values.iter().enumerate() {
        inputs.set(SlotId::from(at), Value::Json(value.clone()));
    }
    (Contract::new(flow).check(flow, &mut inputs, mode), inputs)
}

#[test]
fn models_are_met_half_way() {
    let flow = flow(vec![body()]);
    let sent = json!({"prompt": "x", "width": "512", "raw": "true", "seed": null, "steps": null, "tags": "[\"a\"]", "more": null});
    let (outcome, inputs) = check(&flow, &[sent], InputMode::Typed);
    outcome.unwrap();
    assert_eq!(
        inputs.json(SlotId(0)),
        Some(&json!({"prompt": "x", "width": 512, "raw": true, "seed": null, "tags": ["a"], "more": null}))
    );
    let (outcome, inputs) = check(&flow, &[json!("{\"prompt\": \"5\", \"width\": 512.0}")], InputMode::Typed);
    outcome.unwrap();
    assert_eq!(inputs.json(SlotId(0)), Some(&json!({"prompt": "5", "width": 512})));
}

#[test]
fn text_stays_text_where_text_is_wanted() {
    let flow =
        flow(vec![input("zip", 0, json!({"type": "string"})), input("any", 1, json!({"type": ["string", "integer"]}))]);
    let (outcome, inputs) = check(&flow, &[json!("01234"), json!("5")], InputMode::Typed);
    outcome.unwrap();
    assert_eq!(inputs.json(SlotId(0)), Some(&json!("01234")));
    assert_eq!(inputs.json(SlotId(1)), Some(&json!("5")));
}

#[test]
fn everything_wrong_is_told_at_once() {
    let flow = flow(vec![body()]);
    let (outcome, _) = check(&flow, &[json!({"width": 100, "format": "gif"})], InputMode::Typed);
    let fault = outcome.unwrap_err();
    assert_eq!(fault.status(), 400);
    assert_eq!(fault.kind, crate::FaultKind::Caller(CallerFault::InvalidInput));
    let mut names: Vec<&str> = fault.violations.iter().map(|v| &*v.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names, ["format", "prompt", "width"]);
    let prompt = fault.violations.iter().find(|v| &*v.name == "prompt").unwrap();
    assert!(prompt.missing);
    assert_eq!((&*prompt.pointer, prompt.example.as_ref()), ("/prompt", Some(&json!("A cat"))));
    let width = fault.violations.iter().find(|v| &*v.name == "width").unwrap();
    assert!(width.expected.as_ref().unwrap().contains("from 256 to 1440"), "{width:?}");
    assert_eq!(width.example, Some(json!(1024)));
}

#[test]
fn nothing_at_all_names_each_field() {
    let flow = flow(vec![body()]);
    let (outcome, _) = check(&flow, &[], InputMode::Typed);
    let fault = outcome.unwrap_err();
    assert_eq!(fault.kind, crate::FaultKind::Caller(CallerFault::MissingInput));
    assert_eq!(fault.violations.iter().map(|v| &*v.name).collect::<Vec<_>>(), ["prompt"]);
    let (outcome, _) = check(&flow, &[], InputMode::Lexical);
    assert_eq!(&*outcome.unwrap_err().violations.first().unwrap().name, "body");
}

#[test]
fn lexical_values_are_read_but_not_changed() {
    let flow = flow(vec![
        input("limit", 0, json!({"type": "integer", "maximum": 100})),
        input("ids", 1, json!({"type": "array", "items": {"type": "integer"}})),
    ]);
    let (outcome, inputs) = check(&flow, &[json!("10"), json!(["1", "2"])], InputMode::Lexical);
    outcome.unwrap();
    assert_eq!(inputs.json(SlotId(0)), Some(&json!("10")));
    let (outcome, _) = check(&flow, &[json!("10"), json!("7")], InputMode::Lexical);
    outcome.unwrap();
    let (outcome, _) = check(&flow, &[json!("1000"), json!("x")], InputMode::Lexical);
    assert_eq!(outcome.unwrap_err().violations.len(), 2);
}

#[test]
fn only_declared_defaults_are_filled_in() {
    let mut limit = input("limit", 0, json!({"type": "integer", "default": 5}));
    limit.required = false;
    let mut page = input("page", 1, json!({"type": "integer"}));
    page.default = Some(Box::new(json!(1)));
    let (outcome, inputs) = check(&flow(vec![limit, page]), &[json!(null)], InputMode::Typed);
    outcome.unwrap();
    assert_eq!(inputs.json(SlotId(0)), None);
    assert_eq!(inputs.json(SlotId(1)), Some(&json!(1)));
}

#[test]
fn bodies_in_bytes_are_checked_and_kept() {
    let flow = flow(vec![body()]);
    let contract = Contract::new(&flow);
    let send = |media_type: Option<&str>, data: &'static str| {
        let mut inputs = Inputs::for_flow(&flow);
        inputs.set(SlotId(0), Value::bytes(media_type, data));
        contract.check(&flow, &mut inputs, InputMode::Lexical).map(|()| inputs.get(SlotId(0)).cloned())
    };
    let kept = send(Some("application/json"), "{ \"prompt\" : \"x\" }").unwrap();
    assert_eq!(kept, Some(Value::bytes(Some("application/json"), "{ \"prompt\" : \"x\" }")));
    assert!(send(Some("application/x-www-form-urlencoded"), "prompt=x&width=512").is_ok());
    let fault = send(Some("application/json"), "{\"prompt\": ").unwrap_err();
    assert!(fault.detail.contains("not JSON"), "{}", fault.detail);
    let fault = send(None, "{\"prompt\": \"x\", \"width\": \"512\"}").unwrap_err();
    assert_eq!(&*fault.violations.first().unwrap().pointer, "/width");
    assert!(send(Some("application/json"), "").unwrap_err().violations.first().unwrap().missing);
}
