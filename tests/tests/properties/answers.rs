//! Whatever an upstream answers, the `structuredContent` of a tool satisfies the `outputSchema` the tool shows, or the result is an
//! error that says why not.

use std::collections::HashMap;

use capstan_tests::{
    capstan::Run,
    mcp::Client,
    upstream::{Reply, Upstream},
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Map, Value, json};

const CAPABILITY: &str = r"
naftiko: 1.0.0-alpha2
info: {label: Answers, description: Answers.}
capability:
  consumes:
  - type: http
    namespace: api
    baseUri: https://api.example
    resources:
    - {name: raw, path: /raw, operations: [{name: raw, method: GET}]}
    - {name: list, path: /list, operations: [{name: list, method: GET}]}
    - {name: other, path: /other, operations: [{name: other, method: GET}]}
  exposes:
  - type: mcp
    namespace: m
    port: 9090
    tools:
    - {name: raw, description: Passed on., call: api.raw}
    - {name: list, description: Passed on., call: api.list}
    - name: object
      description: Mapped.
      call: api.other
      outputParameters:
      - type: object
        properties:
          a: {type: string, mapping: $.a}
          b: {type: integer, mapping: $.b}
          c: {type: array, mapping: $.c, items: {type: object, properties: {a: {type: boolean, mapping: $.a}, d: {type: number, mapping: $.d}}}}
    - name: array
      description: Mapped.
      call: api.other
      outputParameters:
      - {type: array, mapping: $.c, items: {type: number}}
    - name: scalar
      description: Mapped.
      call: api.other
      outputParameters:
      - {type: integer, mapping: $.b}
    - name: named
      description: Mapped.
      call: api.other
      outputParameters:
      - {name: a, type: string, mapping: $.a}
      - {name: b, type: object, mapping: $.b}
      - {name: c, type: array, mapping: $.c}
    - name: promised
      description: Promised.
      call: api.other
      outputSchema: {type: object, required: [a], properties: {a: {type: [string, 'null']}, b: {type: integer, minimum: 0}}, additionalProperties: false}
";

const DOCUMENT: &str = r"
openapi: 3.1.0
info: {title: Answers, version: '1'}
paths:
  /raw:
    get:
      responses:
        '200':
          description: Raw.
          content:
            application/json:
              schema:
                type: object
                required: [a]
                properties:
                  a: {type: string, minLength: 5}
                  b: {anyOf: [{type: integer, maximum: 3}, {type: 'null'}]}
                  c: {type: array, items: {type: object, additionalProperties: {type: boolean}}}
                  d: {oneOf: [{type: string}, {type: integer}]}
  /list:
    get:
      responses:
        '200':
          description: List.
          content: {application/json: {schema: {type: array, items: {type: string}}}}
";

/// Any JSON, with the members the mappings look for.
fn answer() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f32>().prop_map(|number| json!(f64::from(number))),
        prop::sample::select(vec!["", "text", "7", "007", "1.5", "1e3", "true", "null", "[]"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let members = prop::collection::vec((prop::sample::select(vec!["a", "b", "c", "d"]), inner.clone()), 0..5);
        let object = members.prop_map(|members| {
            Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
        });
        prop_oneof![3 => object, 1 => prop::collection::vec(inner, 0..4).prop_map(Value::from)]
    })
}

#[test]
fn structured_content_satisfies_the_output_schema() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("answers.yaml"), CAPABILITY).unwrap();
    std::fs::write(folder.path().join("answers.openapi.yaml"), DOCUMENT).unwrap();
    let upstream = Upstream::start();
    let to = format!("*={}", upstream.url());
    let args = ["answers.yaml", "--listen", "9090=127.0.0.1:0", "--upstream", &to];
    let capstan = Run::new(&args).serve(folder.path()).expect("it serves");
    let client = Client::modern(capstan.address("mcp", None).unwrap(), "/mcp");
    let listed = client.call("tools/list", json!({})).unwrap().message["result"]["tools"].take();
    let promised: HashMap<String, jsonschema::Validator> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| {
            let schema = tool.get("outputSchema").unwrap_or_else(|| panic!("{tool}"));
            (tool["name"].as_str().unwrap().to_owned(), jsonschema::validator_for(schema).unwrap())
        })
        .collect();
    assert_eq!(promised.len(), 7);

    let kept = |answer: &Value| {
        for (name, schema) in &promised {
            let result = client.tool(name, json!({})).unwrap().message["result"].take();
            if result["isError"] == true {
                assert_eq!(name, "promised", "{result}");
                continue;
            }
            let content = &result["structuredContent"];
            assert!(schema.is_valid(content), "{name}: {answer} gave {content}");
        }
    };
    let mut runner =
        TestRunner::new(Config { cases: super::cases(60), failure_persistence: None, ..Config::default() });
    let held = runner.run(&answer(), |answer| {
        upstream.forget();
        upstream.answer(Reply::json(200, &answer.to_string()));
        kept(&answer);
        Ok(())
    });
    if let Err(why) = held {
        panic!("{why}");
    }
}
