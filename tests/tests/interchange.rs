//! Descriptions of APIs: what is imported passes every check and serves, and what is exported comes back the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop at once"
)]

use std::{fs, path::Path, process::Output};

use capstan_tests::{capstan::Run, root};
use serde_json::Value;

const METHODS: &[&str] = &["get", "put", "post", "delete", "patch"];

fn capstan(folder: &Path, command: &str, args: &[&str]) -> Output {
    Run::new(args).to_end(command, folder)
}

/// What a command said that did well.
fn well(folder: &Path, command: &str, args: &[&str]) -> String {
    let output = capstan(folder, command, args);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{command} {args:?}: {said}");
    said
}

fn exported(folder: &Path, capability: &str, to: &str) -> Value {
    well(folder, "export", &["openapi", capability, "-o", to]);
    serde_json::from_slice(&fs::read(folder.join(to)).unwrap()).unwrap()
}

/// The document of a shipped capability, and that of what was imported from it.
fn there_and_back(capability: &str) -> (Value, Value) {
    let folder = tempfile::tempdir().unwrap();
    let shipped = root().join("capabilities").join(capability);
    let first = exported(folder.path(), shipped.to_str().unwrap(), "first.json");
    well(folder.path(), "import", &["openapi", "first.json", "-o", "again", "--name", "again"]);
    well(folder.path(), "check", &["--strict", "again"]);
    well(folder.path(), "fmt", &["--check", "again/again.yaml"]);
    (first, exported(folder.path(), "again/again.yaml", "second.json"))
}

#[test]
fn what_passes_calls_on_comes_back_as_it_was() {
    for capability in [
        "examples/aggregates/tickets-alpha.yaml",
        "examples/binds/greetings.yaml",
        "examples/formats/feeds.yaml",
        "examples/forms/uploads.yaml",
        "examples/imports/profiles-beta.yaml",
        "examples/rest-mapping/weather-alpha.yaml",
        "flux/image-generation-generation.yaml",
    ] {
        let (first, second) = there_and_back(capability);
        assert_eq!(first["paths"], second["paths"], "{capability}");
        assert_eq!(first["components"], second["components"], "{capability}");
        assert_eq!(first["info"]["title"], second["info"]["title"], "{capability}");
    }
}

/// What callers give, without what they say about waiting: headers of HTTP's own are not passed on by accident.
fn given(operation: &Value, part: &str) -> Value {
    let mut value = operation.get(part).cloned().unwrap_or_default();
    if let Some(parameters) = value.as_array_mut() {
        parameters.retain(|one| one["name"] != "Prefer" && one["name"] != "Idempotency-Key");
    }
    if value.as_array().is_some_and(Vec::is_empty) { Value::Null } else { value }
}

/// Jobs, orchestrations and checks of callers are ours: what is imported calls what has them, and does not have them itself.
#[test]
fn what_callers_give_comes_back_as_it_was() {
    for capability in [
        "examples/authentication/bearer.yaml",
        "examples/orchestration/orders-alpha.yaml",
        "flux/image-generation-jobs.yaml",
        "flux/cometapi.yaml",
    ] {
        let (first, second) = there_and_back(capability);
        let mut compared = 0;
        for (path, item) in first["paths"].as_object().unwrap() {
            for method in METHODS.iter().filter(|method| item.get(**method).is_some()) {
                let (one, other) = (&item[*method], &second["paths"][path][*method]);
                for part in ["operationId", "parameters", "requestBody"] {
                    assert_eq!(given(one, part), given(other, part), "{capability}: {method} {path}: {part}");
                }
                compared += 1;
            }
        }
        assert!(compared > 0, "{capability}");
    }
}

#[test]
fn nothing_that_exists_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let document =
        r#"{"openapi": "3.1.0", "info": {"title": "Pets", "version": "1"}, "paths": {"/pets": {"get": {}}}}"#;
    fs::write(folder.path().join("pets.json"), document).unwrap();
    let said = well(folder.path(), "import", &["openapi", "pets.json", "-o", "."]);
    assert!(said.contains("it needs values for: PETS_HOST"), "{said}");
    let before = fs::read_to_string(folder.path().join("pets.yaml")).unwrap();
    fs::remove_file(folder.path().join("pets.openapi.json")).unwrap();
    let again = capstan(folder.path(), "import", &["openapi", "pets.json", "-o", "."]);
    assert_eq!(again.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&again.stderr).contains("nothing is overwritten"));
    assert_eq!(fs::read_to_string(folder.path().join("pets.yaml")).unwrap(), before);
    assert!(!folder.path().join("pets.openapi.json").exists(), "half of it was written");
}

#[test]
fn several_exposures_of_a_kind_are_told_apart() {
    let output = capstan(&root(), "export", &["mcp", "capabilities/examples/authentication/bearer.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("has no MCP exposure"));
}
