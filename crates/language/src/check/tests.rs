//! What the check says of keys, words and types.
#![allow(clippy::type_complexity, reason = "tables of cases read best as they are")]

use super::check;
use crate::{diagnostic::Sink, document::parse, source::FileId};

/// Severity, code, key path, message and help of all findings.
fn said(text: &str) -> Vec<(String, String, String)> {
    let mut sink = Sink::new();
    let document = parse(FileId(0), text, &mut sink).unwrap();
    check(&document, &mut sink);
    let all = sink.diagnostics().iter();
    all.map(|d| (format!("{} {}", d.severity.name(), d.path), d.message.clone(), d.help.clone().unwrap_or_default()))
        .collect()
}

/// A capability with one REST operation that has these lines.
fn operation(lines: &str) -> String {
    let lines = lines.replace('\n', "\n          ");
    format!(
        "capability:\n  exposes:\n  - type: rest\n    port: 1\n    resources:\n    - path: /a\n      operations:\n        - name: a\n          {lines}\n"
    )
}

const OPERATION: &str = "capability.exposes[0].resources[0].operations[0]";

fn one(text: &str, severity: &str, path: &str, message: &str, help: &str) {
    let expected = (format!("{severity} {path}"), message.to_owned(), help.to_owned());
    assert_eq!(said(text), [expected], "{text}");
}

#[test]
fn a_misspelt_key_is_an_error_with_the_right_one() {
    let mean = |near: &str| format!("did you mean `{near}`?");
    one(
        "capabilty:\n  exposes: []\n",
        "error",
        "capabilty",
        "unknown key `capabilty` in a capability document",
        &mean("capability"),
    );
    for (lines, path, message, near) in [
        (
            "outputParamters: []",
            "outputParamters",
            "unknown key `outputParamters` in an exposed operation",
            "outputParameters",
        ),
        (
            "outputParameters:\n- type: object\n  properties:\n    b: {type: string, maping: $.b}",
            "outputParameters[0].properties.b.maping",
            "unknown key `maping` in an output",
            "mapping",
        ),
        (
            "outputParameters:\n- type: array\n  items: [{type: string, mappin: $.b}]",
            "outputParameters[0].items[0].mappin",
            "unknown key `mappin` in an output",
            "mapping",
        ),
        (
            "responses: {'200': {contents: {image/png: {binary: true}}}}",
            "responses.200.contents",
            "unknown key `contents` in a response",
            "content",
        ),
        (
            "responseBinary: {mediatyp: image/png}",
            "responseBinary.mediatyp",
            "unknown key `mediatyp` in a binary response",
            "mediaType",
        ),
        (
            "inputParameters:\n- name: b\n  properties: {c: {tpye: string}}",
            "inputParameters[0].properties.c.tpye",
            "unknown key `tpye` in a member of a parameter",
            "type",
        ),
    ] {
        one(&operation(lines), "error", &format!("{OPERATION}.{path}"), message, &mean(near));
    }
}

#[test]
fn a_misspelt_key_is_repaired_by_its_fix() {
    let mut sink = Sink::new();
    let document = parse(FileId(0), "capabilty: {}", &mut sink).unwrap();
    check(&document, &mut sink);
    let fix = sink.diagnostics()[0].fix.clone().unwrap();
    assert_eq!((fix.span.range(), &*fix.replacement), (0..9, "capability"));
}

#[test]
fn a_misplaced_key_is_an_error_that_says_where_it_belongs() {
    one(
        &operation("port: 8080"),
        "error",
        &format!("{OPERATION}.port"),
        "unknown key `port` in an exposed operation",
        "`port` is a key of a REST exposure: move it there",
    );
    one(
        "capability:\n  exposes:\n  - type: mcp\n    call: a.b\n",
        "error",
        "capability.exposes[0].call",
        "unknown key `call` in an MCP exposure",
        "`call` is a key of a tool or an MCP resource: move it there",
    );
    // What is for people does no harm at another place.
    one(
        "binds:\n- keys: {A: A}\n  tags: [b]\n",
        "warning",
        "binds[0].tags",
        "unknown key `tags` in a bind",
        "`tags` is a key of a capability document: move it there",
    );
}

#[test]
fn other_keys_are_warned_of_and_notes_are_not() {
    one(
        "consumes: []\npersona: me\nx-note: you\n",
        "warning",
        "persona",
        "unknown key `persona` in a capability document",
        "remove it, or begin it with `x-` to keep it as a note",
    );
}

#[test]
fn free_maps_stay_free() {
    for text in [
        "binds:\n- keys: {nmae: NAME, tpye: TYPE}\n".to_owned(),
        operation("call: a.b\nwith: {nmae: 1, inputParamters: 2}"),
        operation("mock:\n- headers: {X-Nmae: a}\n  let: {boddy: 1}\n  body: {tpye: 1}"),
        "consumes:\n- namespace: a\n  resources:\n  - operations:\n    - name: b\n      body: {nmae: c, dataa: d}\n".to_owned(),
        "consumes:\n- namespace: a\n  resources:\n  - operations:\n    - name: b\n      body: {type: json, data: {nmae: c}}\n".to_owned(),
    ] {
        assert_eq!(said(&text), [], "{text}");
    }
}

#[test]
fn words_outside_an_enumeration_are_errors_with_the_list() {
    let methods = "use one of: GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS";
    for (lines, path, message, help) in [
        ("method: GETT", "method", "`method` cannot be `GETT`", "did you mean `GET`?"),
        ("method: FROBNICATE", "method", "`method` cannot be `FROBNICATE`", methods),
        (
            "inputParameters: [{name: b, in: qurey}]",
            "inputParameters[0].in",
            "`in` cannot be `qurey`",
            "did you mean `query`?",
        ),
        (
            "inputParameters: [{name: b, type: integr}]",
            "inputParameters[0].type",
            "`type` cannot be `integr`",
            "did you mean `integer`?",
        ),
        (
            "outputParameters: [{type: strin}]",
            "outputParameters[0].type",
            "`type` cannot be `strin`",
            "did you mean `string`?",
        ),
        (
            "outputParameters: [{type: [string, nul]}]",
            "outputParameters[0].type[1]",
            "`type` cannot be `nul`",
            "use one of: string, number, integer, boolean, array, object",
        ),
    ] {
        one(&operation(lines), "error", &format!("{OPERATION}.{path}"), message, help);
    }
    one(
        "naftiko: 9.9\n",
        "error",
        "naftiko",
        "`naftiko` cannot be `9.9`",
        "use one of: 1.0.0-alpha1, 1.0.0-alpha2, 1.0.0-alpha3",
    );
    one("ikanos: 1.0.0-bta5\n", "error", "ikanos", "`ikanos` cannot be `1.0.0-bta5`", "did you mean `1.0.0-beta5`?");
}

#[test]
fn words_of_published_files_are_read() {
    let body = |ty: &str| {
        format!(
            "consumes:\n- type: http\n  namespace: a\n  authentication: {{type: apiKey, in: header}}\n  resources:\n  - operations:\n    - name: b\n      method: get\n      body: {{type: {ty}, data: a}}\n"
        )
    };
    for ty in ["form", "multipart", "octet-stream", "application/cbor", "JSON"] {
        assert_eq!(said(&body(ty)), [], "{ty}");
    }
    assert_eq!(said("naftiko: {version: 1}\n"), []);
}

#[test]
fn values_of_another_type_are_errors() {
    for (lines, path, message) in [
        ("inputParameters: [{name: b, enum: a}]", "inputParameters[0].enum", "`enum` must be a list, but this is text"),
        (
            "inputParameters: [{name: b, required: maybe}]",
            "inputParameters[0].required",
            "`required` must be `true` or `false`, or a list, but this is text",
        ),
        ("inputSchema: 7", "inputSchema", "`inputSchema` must be a mapping, but this is a number"),
        ("responses: 7", "responses", "`responses` must be a mapping, but this is a number"),
        ("outputParameters: [{name: [a]}]", "outputParameters[0].name", "`name` must be text, but this is a list"),
    ] {
        let expected = message.split_once(" must be ").unwrap().1.split_once(", but").unwrap().0;
        one(&operation(lines), "error", &format!("{OPERATION}.{path}"), message, &format!("write {expected}"));
    }
}

#[test]
fn where_a_document_is_cut_off_nothing_is_a_mistake() {
    let text =
        operation("inputParameters:\n- name: b\n  type: intege") + "# --- truncated at 32 KB (46 KB total) ---\n";
    let found = said(&text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|(place, ..)| place.starts_with("warning")), "{found:?}");
}
