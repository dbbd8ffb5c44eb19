//! What a refusal says would do, does: for any schema of an OpenAPI document, calling a tool with the arguments its refusal shows, or
//! sending the body a problem shows, reaches the upstream.

use capstan_tests::{capstan::Run, client::Request, mcp::Client, upstream::Upstream};
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use serde_json::{Map, Value, json};

/// A schema as people write them; every level may have examples and defaults, some of them wrong.
fn schema() -> impl Strategy<Value = Value> {
    let integer = (0..40i64, 0..60i64, prop::option::of(1..7i64)).prop_map(|(low, more, step)| {
        let mut schema = json!({"type": "integer", "minimum": low, "maximum": low + more + 7});
        step.into_iter().for_each(|step| schema["multipleOf"] = json!(step));
        schema
    });
    let number = (-5.0..5.0f64).prop_map(|low| json!({"type": "number", "exclusiveMinimum": low}));
    let text = (0..30usize, 0..9usize)
        .prop_map(|(least, more)| json!({"type": "string", "minLength": least, "maxLength": least + more}));
    let formed = prop::sample::select(vec![
        json!({"type": "string", "format": "date-time"}),
        json!({"type": "string", "format": "uuid"}),
        json!({"type": "string", "pattern": "^[a-z]{2}(-[A-Z]{2})?$"}),
        json!({"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$"}),
        json!({"type": "string", "enum": ["one", "two"]}),
        json!({"type": "integer", "minimum": 3, "example": "many"}),
        json!({"type": "string", "minLength": 3, "default": ""}),
        json!({"type": "boolean"}),
        json!({"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 9}]}),
        json!({"const": "fixed"}),
    ]);
    let leaf = prop_oneof![integer, number, text, formed];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let list = (inner.clone(), 0..4usize)
            .prop_map(|(items, least)| json!({"type": "array", "items": items, "minItems": least}));
        prop_oneof![list, object(inner)]
    })
}

fn object(member: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    (prop::collection::vec((member, any::<bool>()), 1..5), any::<bool>()).prop_map(|(members, closed)| {
        let names = ["alpha", "bravo", "charlie", "delta", "echo"];
        let mut properties = Map::new();
        let mut required = Vec::new();
        for (name, (schema, demanded)) in names.iter().zip(members) {
            properties.insert((*name).to_owned(), schema);
            if demanded {
                required.push(*name);
            }
        }
        let mut schema = json!({"type": "object", "properties": properties});
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        if closed {
            schema["additionalProperties"] = json!(false);
        }
        schema
    })
}

/// As many bodies as one document has operations.
fn bodies(count: usize) -> Vec<Value> {
    let mut runner = TestRunner::new(Config::default());
    (0..count).map(|_| object(schema()).new_tree(&mut runner).unwrap().current()).collect()
}

#[test]
fn what_a_refusal_shows_would_do() {
    let bodies = bodies(crate::cases(60) as usize);
    let at = |index: usize| format!("/things/{index}");
    let paths: Map<String, Value> = bodies
        .iter()
        .enumerate()
        .map(|(index, schema)| {
            let content = json!({"application/json": {"schema": schema}});
            (at(index), json!({"post": {"requestBody": {"required": true, "content": content}}}))
        })
        .collect();
    let document = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths});
    let numbered = |f: &dyn Fn(usize) -> Value| (0..bodies.len()).map(f).collect::<Vec<_>>();
    let capability = json!({
        "naftiko": "1.0.0-alpha2",
        "info": {"label": "Things", "description": "Things."},
        "capability": {
            "consumes": [{"type": "http", "namespace": "things", "baseUri": "https://things.example", "resources": numbered(&|index| json!({
                "name": format!("r{index}"), "path": at(index),
                "operations": [{"name": format!("op{index}"), "method": "POST", "inputParameters": [{"name": "body", "in": "body"}]}],
            }))}],
            "exposes": [
                {"type": "rest", "namespace": "r", "port": 8080, "resources": numbered(&|index| json!({
                    "name": format!("r{index}"), "path": at(index),
                    "operations": [{"name": format!("op{index}"), "method": "POST", "call": format!("things.op{index}")}],
                }))},
                {"type": "mcp", "namespace": "m", "port": 9090, "description": "Things.", "tools": numbered(&|index| json!({
                    "name": format!("tool{index}"), "description": "A thing.", "call": format!("things.op{index}"),
                }))},
            ],
        },
    });
    run(&bodies, &document, &capability);
}

fn run(bodies: &[Value], document: &Value, capability: &Value) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("things.openapi.yaml"), document.to_string()).unwrap();
    std::fs::write(folder.path().join("things.yaml"), capability.to_string()).unwrap();
    let upstream = Upstream::start();
    let to = format!("*={}", upstream.url());
    let args = ["things.yaml", "--listen", "9090=127.0.0.1:0", "--listen", "8080=127.0.0.1:0", "--upstream", &to];
    let capstan = Run::new(&args).serve(folder.path()).expect("it serves");
    let client = Client::modern(capstan.address("mcp", None).unwrap(), "/mcp");
    let rest = capstan.address("rest", None).unwrap();
    for (index, schema) in bodies.iter().enumerate() {
        let call = |arguments: Value| client.tool(&format!("tool{index}"), arguments).unwrap().message["result"].take();
        let refused = call(json!({}));
        assert_eq!(refused["isError"], true, "{schema}");
        let text = refused["content"][0]["text"].as_str().unwrap();
        let shown = text.split("These arguments would do: ").nth(1).unwrap_or_else(|| panic!("{schema}\n{text}"));
        let arguments: Value = serde_json::from_str(shown).unwrap();
        let answer = call(arguments.clone());
        assert_eq!(answer["isError"], false, "{schema}\n{arguments}\n{answer}");
        assert_eq!(upstream.take().len(), 1, "{schema}");

        let post = || Request::new("POST", &format!("/things/{index}"));
        let problem: Value = serde_json::from_slice(&post().send(rest).unwrap().body).unwrap();
        let example = &problem["violations"][0]["example"];
        assert!(example.is_object(), "{schema}\n{problem}");
        let answer = post().json(example.to_string()).send(rest).unwrap();
        assert_eq!(answer.status(), 200, "{schema}\n{example}\n{}", answer.text());
        assert_eq!(upstream.take().len(), 1, "{schema}");
    }
}
