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
        delimiter: None,
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
fn lexical_values_become_what_they_are_declared() {
    let flow = flow(vec![
        input("limit", 0, json!({"type": "integer", "maximum": 100})),
        input("ids", 1, json!({"type": "array", "items": {"type": "integer"}})),
    ]);
    let (outcome, inputs) = check(&flow, &[json!("10"), json!(["1", "2"])], InputMode::Lexical);
    outcome.unwrap();
    assert_eq!(inputs.json(SlotId(0)), Some(&json!(10)));
    assert_eq!(inputs.json(SlotId(1)), Some(&json!([1, 2])));
    let (outcome, inputs) = check(&flow, &[json!("10"), json!("7")], InputMode::Lexical);
    outcome.unwrap();
    assert_eq!(inputs.json(SlotId(1)), Some(&json!("7")));
    let (outcome, _) = check(&flow, &[json!("1000"), json!("x")], InputMode::Lexical);
    assert_eq!(outcome.unwrap_err().violations.len(), 2);
}

#[test]
fn commas_separate_elements() {
    let ids = json!({"type": "array", "items": {"type": "integer"}, "maxItems": 3});
    let words = json!({"type": "array", "items": {"enum": ["a", "b"]}});
    let flow = flow(vec![input("ids", 0, ids), input("words", 1, words)]);
    let (outcome, inputs) = check(&flow, &[json!("1,2"), json!("a,b")], InputMode::Lexical);
    outcome.unwrap();
    assert_eq!(inputs.json(SlotId(0)), Some(&json!("1,2")));
    let (outcome, _) = check(&flow, &[json!("1,2,3,4"), json!("a,c")], InputMode::Lexical);
    assert_eq!(outcome.unwrap_err().violations.len(), 2);
}

#[test]
fn no_digit_is_lost_by_reading_a_number() {
    let flow = Flow { inputs: [input("n", 0, json!({"type": "number"}))].into(), ..flow(vec![]) };
    for (text, kept) in [
        ("1.50", json!(1.5)),
        ("1e3", json!(1000.0)),
        ("9007199254740993", json!(9_007_199_254_740_993_u64)),
        ("12345678901234567890.5", json!("12345678901234567890.5")),
        ("0.1234567890123456789", json!("0.1234567890123456789")),
    ] {
        let (outcome, inputs) = check(&flow, &[json!(text)], InputMode::Lexical);
        outcome.unwrap();
        assert_eq!(inputs.json(SlotId(0)), Some(&kept), "{text}");
    }
}

/// What is said of a body.
fn told(schema: Json, body: &Json) -> Vec<String> {
    let flow = flow(vec![Input { whole_body: true, ..input("body", 0, schema) }]);
    let (outcome, _) = check(&flow, std::slice::from_ref(body), InputMode::Typed);
    outcome.map_or_else(|fault| fault.violations.iter().map(|v| v.message.clone()).collect(), |()| Vec::new())
}

#[test]
fn slips_are_refused_where_the_schema_is_silent() {
    let item = json!({"type": "object", "properties": {"colour": {"type": "string"}, "size": {"type": "string"}}});
    let mut schema = json!({"type": "object", "properties": {"prompt": {"type": "string"}, "items": {"type": "array", "items": item}}});
    let sent = json!({"promt": "x", "items": [{"colour": "red", "extra": 1}, {"color": "red"}]});
    let said = [
        "`promt` is not known here; did you mean `prompt`?",
        "`items[1].color` is not known here; did you mean `items[1].colour`?",
    ];
    assert_eq!(told(schema.clone(), &sent), said);
    // An open object takes anything, a closed one nothing.
    schema["additionalProperties"] = json!(true);
    assert_eq!(told(schema.clone(), &sent), said[1..]);
    schema["additionalProperties"] = json!(false);
    let mut said_of_closed = told(schema.clone(), &json!({"promt": "x", "seeds": 1}));
    said_of_closed.sort();
    assert_eq!(said_of_closed, ["`promt` is not known here; did you mean `prompt`?", "`seeds` is not known here"]);
}

#[test]
fn members_of_alternatives_are_known() {
    let schema = json!({
        "properties": {"kind": {"type": "string"}},
        "anyOf": [{"properties": {"width": {}}}, {"allOf": [{"properties": {"height": {}}}]}],
    });
    assert_eq!(told(schema.clone(), &json!({"kind": "x", "height": 1, "other": 2})), Vec::<String>::new());
    assert_eq!(told(schema, &json!({"heigth": 1})), ["`heigth` is not known here; did you mean `height`?"]);
}

#[test]
fn examples_pass() {
    for schema in [
        json!({"type": "integer", "exclusiveMinimum": 7, "multipleOf": 5}),
        json!({"type": "integer", "maximum": -3}),
        json!({"type": "number", "minimum": 0.25, "maximum": 0.5}),
        json!({"type": "string", "pattern": "^[A-Z]{3}-(?:\\d{2}|x)$"}),
        json!({"type": "string", "minLength": 40, "format": "uri"}),
        json!({"type": "string", "maxLength": 2}),
        json!({"type": "array", "minItems": 3, "uniqueItems": true, "items": {"type": "integer", "minimum": 4}}),
        json!({"type": "array", "minItems": 2, "uniqueItems": true, "items": {"enum": ["a", "b"]}}),
        json!({"type": ["null", "boolean"]}),
        // What its author calls an example is not one.
        json!({"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "example": "many", "minimum": 2}}}),
        json!({"type": "object", "minProperties": 2, "properties": {"a": {"type": "string"}, "b": {"const": 3}}}),
        json!({"oneOf": [{"type": "object", "required": ["a"], "not": {"required": ["a"]}}, {"type": "object", "required": ["b"]}]}),
        json!({"allOf": [{"$ref": "#/$defs/a"}, {"required": ["x"]}], "$defs": {"a": {"properties": {"x": {"maximum": 0, "type": "integer"}}}}}),
        Json::Object(body().schema.members()),
    ] {
        let validator = jsonschema::validator_for(&schema).unwrap();
        let example = crate::contract::example::example(&schema).unwrap_or_else(|| panic!("no example of {schema}"));
        assert!(validator.is_valid(&example), "{schema}: {example}");
    }
    assert_eq!(
        crate::contract::example::example(&json!({"type": "string", "pattern": "^(?!x).*$", "minLength": 9})),
        None
    );
    assert_eq!(crate::contract::example::example(&json!({})), None);
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
