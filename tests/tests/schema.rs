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
