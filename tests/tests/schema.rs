//! The published JSON Schema is what the key tables say, and is a schema.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop at once"
)]

use serde_json::Value;
use std::{env, fs};

#[test]
fn the_file_is_what_the_tables_say() {
    let path = capstan_tests::root().join("schemas/capstan.json");
    let made = format!("{:#}\n", capstan_language::json_schema());
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &made).expect("schemas/ can be written");
    }
    let file = fs::read_to_string(&path).unwrap_or_default();
    assert!(file == made, "schemas/capstan.json is not what `capstan schema` prints; BLESS=1 rewrites it");
}

#[test]
fn it_is_a_schema() {
    let schema = capstan_language::json_schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    if let Err(why) = jsonschema::draft202012::meta::validate(&schema) {
        panic!("{why}");
    }
    let validator = jsonschema::draft202012::new(&schema).expect("it compiles");
    let fits = |document: &Value| validator.is_valid(document);
    assert!(fits(&serde_json::json!({"naftiko": "1.0.0-alpha2", "capability": {"exposes": []}})));
    assert!(!fits(&serde_json::json!({"naftiko": "1.0.0-alpha2", "capability": {"expose": []}})));
}

#[test]
fn the_command_prints_it() {
    let output = capstan_tests::capstan::Run::default().to_end("schema", &capstan_tests::root());
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{:#}\n", capstan_language::json_schema()));
}

#[test]
fn the_schema_of_tests_is_what_the_tables_say() {
    let path = capstan_tests::root().join("schemas/capstan-test.json");
    let made = format!("{:#}\n", capstan_language::test_schema());
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &made).expect("schemas/ can be written");
    }
    let file = fs::read_to_string(&path).unwrap_or_default();
    assert!(file == made, "schemas/capstan-test.json is not what `capstan schema --tests` prints; BLESS=1 rewrites it");
    let schema = capstan_language::test_schema();
    let validator = jsonschema::draft202012::new(&schema).expect("it compiles");
    for folder in ["capabilities", "crates/cli/src/new"] {
        each_test_file(&capstan_tests::root().join(folder), &validator);
    }
}

fn each_test_file(folder: &std::path::Path, validator: &jsonschema::Validator) {
    for entry in fs::read_dir(folder).expect("it is a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            each_test_file(&path, validator);
        } else if name.ends_with(".test.yaml") || name == "test.yaml" {
            let value: Value =
                serde_yaml::from_str(&fs::read_to_string(&path).expect("it can be read")).expect("it is YAML");
            if let Err(error) = validator.validate(&value) {
                panic!("{}: {error}", path.display());
            }
        }
    }
}

/// Typical mistakes in a file that is right: what stands there, and what is written instead.
const MISTAKES: [(&str, &str); 30] = [
    ("naftiko: 1.0.0-alpha2", "naftico: 1.0.0-alpha2"),
    ("naftiko: 1.0.0-alpha2", "naftiko: 1.0.0-alpha9"),
    ("info:", "infos:"),
    ("capability:", "capabilities:"),
    ("  consumes:", "  consume:"),
    ("  exposes:", "  expose:"),
    ("baseUri:", "baseUrii:"),
    ("authentication:", "authentification:"),
    ("type: bearer", "type: baerer"),
    ("token: '{{env.SHOP_KEY}}'", "tokens: '{{env.SHOP_KEY}}'"),
    (
        "    resources:\n    - name: orders\n      path: /orders/{{id}}",
        "    ressources:\n    - name: orders\n      path: /orders/{{id}}",
    ),
    ("operations:", "operation:"),
    ("method: GET", "method: GTE"),
    ("inputParameters:", "inputParameter:"),
    ("in: path", "in: paths"),
    ("in: query", "in: querry"),
    ("type: json", "type: jason"),
    ("type: rest", "type: rset"),
    ("port: 8080", "port: eighty"),
    ("port: 8080", "port: [8080]"),
    ("port: 9090", "prot: 9090"),
    ("    - path: /orders/{id}\n      name: orders", "    - name: orders"),
    ("type: string\n          description", "type: strin\n          description"),
    ("call: shop.get-order", "calls: shop.get-order"),
    ("outputParameters:", "outputParamters:"),
    ("type: number", "type: nubmer"),
    ("mapping: $.total", "maping: $.total"),
    ("transport: http", "transport: htpp"),
    ("tools:", "tool:"),
    ("required: true\n      call", "required: yes please\n      call"),
];

#[test]
fn a_plain_validator_sees_typical_mistakes() {
    let schema = capstan_language::json_schema();
    let validator = jsonschema::draft202012::new(&schema).expect("it compiles");
    let right = fs::read_to_string(capstan_tests::root().join("tests/data/explained.yaml")).expect("it can be read");
    let fits = |text: &str| validator.is_valid(&serde_yaml::from_str::<Value>(text).expect("it is YAML"));
    assert!(fits(&right));
    let missed: Vec<_> = MISTAKES
        .iter()
        .filter(|(old, new)| {
            assert!(right.contains(old), "{old}");
            fits(&right.replacen(old, new, 1))
        })
        .collect();
    assert!(missed.len() <= 5, "{} of 30 pass: {missed:#?}", missed.len());
}

#[test]
fn editors_are_told_defaults_examples_and_what_is_out_of_use() {
    let schema = capstan_language::json_schema();
    assert_eq!(schema["$id"], "urn:capstan:schemas:capability");
    let consumed = &schema["$defs"]["ConsumedAPI"]["properties"];
    assert_eq!(consumed["baseUri"]["examples"][0], "https://api.greeter.example");
    assert_eq!(consumed["baseUrl"]["deprecated"], true);
    assert_eq!(consumed["type"]["default"], "http");
    // What is offered fits what is asked for.
    for (name, table) in schema["$defs"].as_object().expect("there are definitions") {
        for (key, property) in table["properties"].as_object().into_iter().flatten() {
            let examples = property["examples"].as_array().into_iter().flatten().chain(property.get("default"));
            for example in examples {
                let whole = serde_json::json!({"$schema": schema["$schema"], "$defs": schema["$defs"], "$ref": format!("#/$defs/{name}/properties/{key}")});
                let validator = jsonschema::draft202012::new(&whole).expect("it compiles");
                assert!(validator.is_valid(example), "{name}.{key}: {example}");
            }
        }
    }
}
