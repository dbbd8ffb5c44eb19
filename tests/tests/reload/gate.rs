//! The publication gate: what breaks callers is told as a warning, and waits for a confirmation where someone asked for that.

use std::fs;

use capstan_tests::{
    capstan::Run,
    client::Request,
    upstream::{Reply, Upstream},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::site::{Site, document, free_port, until};

/// The lines of the log whose message has this in it, with their levels.
fn told(site: &Site, what: &str) -> Vec<(String, String)> {
    let lines =
        site.capstan.log().lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).collect::<Vec<_>>();
    let text =
        |line: &Value, name: &str| line[name].as_str().or(line["fields"][name].as_str()).unwrap_or_default().to_owned();
    lines
        .iter()
        .map(|line| (text(line, "level"), text(line, "message")))
        .filter(|(_, message)| message.contains(what))
        .collect()
}

/// Waits for a warning: lines reach the log in batches.
fn warned(site: &Site, what: &str) {
    let is_warning = |(level, _): &(String, String)| level.eq_ignore_ascii_case("warn");
    until(&format!("a warning says: {what}"), || told(site, what).iter().any(is_warning).then_some(()));
}

/// A document with a mapped answer, an input and a key.
fn rich(upstream: &Upstream, port: u16) -> String {
    upstream.answer_at("GET", "/thing", Reply::json(200, r#"{"name":"n","size":3}"#));
    let base = upstream.url();
    format!(
        "naftiko: 1.0.0-alpha2\ninfo: {{label: a, description: d.}}\ncapability:\n  consumes:\n  - type: http\n    namespace: up\n    \
         baseUri: {base}\n    resources:\n    - name: r\n      path: /thing\n      operations:\n      - name: get\n        method: GET\n        \
         inputParameters:\n        - {{name: id, in: query}}\n  exposes:\n  - type: rest\n    namespace: a-rest\n    port: {port}\n    resources:\n    \
         - path: /get\n      operations:\n      - name: get\n        method: GET\n        inputParameters:\n        - {{name: id, in: query, type: string, \
         description: Which.}}\n        call: up.get\n        outputParameters:\n        - type: object\n          properties:\n            \
         name: {{type: string, mapping: $.name}}\n            size: {{type: integer, mapping: $.size}}\n"
    )
}

#[test]
fn every_change_that_breaks_callers_is_a_warning_in_contract_terms() {
    let (dir, upstream) = (TempDir::new().unwrap(), Upstream::start());
    let (port, other) = (free_port(), free_port());
    let good = rich(&upstream, port);
    fs::write(dir.path().join("a.yaml"), &good).unwrap();
    let site = Site::serve(dir, upstream, &[".", "--no-watch"]);
    let outputs = good.find("        outputParameters").unwrap();
    for (edited, told) in [
        (good.replace("path: /get", "path: /got"), "operation GET /get is gone"),
        (good[..outputs].to_owned(), "operation GET /get: the result is the upstream's as it comes"),
        (
            good.replace("name: {type: string, mapping", "title: {type: string, mapping"),
            "the result has no `name` any more; `title` is what it was",
        ),
        (
            good.replace("mapping: $.size", "mapping: $.length"),
            "`size` of the result is read at $.length instead of $.size",
        ),
        (
            good.replace("size: {type: integer", "size: {type: string"),
            "operation GET /get: `size` of the result is null or string instead of integer or null",
        ),
        (good.replace("- {name: id, in: query, type", "- {name: id, in: header, type"), "`id` is taken from header"),
        (good.replace(&format!("port: {port}"), &format!("port: {other}")), "does not listen any more"),
        (
            good.replace(
                "    resources:\n    - name: r",
                "    authentication: {type: bearer, token: '{{NEW_KEY}}'}\n    resources:\n    - name: r",
            )
            .replace("capability:\n", "binds:\n- {namespace: env, keys: {NEW_KEY: NEW_KEY}}\ncapability:\n"),
            "`NEW_KEY` has no value: operation GET /get cannot be called",
        ),
    ] {
        fs::write(site.path("a.yaml"), &edited).unwrap();
        let (_, outcome) = site.control("POST", "/config/reload");
        assert_eq!(
            (&outcome["status"], &outcome["breaking"]),
            (&json!("applied"), &json!(true)),
            "{told}: {outcome}\n{edited}"
        );
        warned(&site, told);
        fs::write(site.path("a.yaml"), &good).unwrap();
        let (_, outcome) = site.control("POST", "/config/reload");
        assert_eq!(outcome["status"], "applied", "{outcome}");
    }
    // What only reads differently is told, but warns nobody.
    fs::write(site.path("a.yaml"), good.replace("Which.", "Which one.")).unwrap();
    let (_, outcome) = site.control("POST", "/config/reload");
    assert_eq!(
        (&outcome["changes"][0]["class"], &outcome["breaking"]),
        (&json!("wording"), &json!(false)),
        "{outcome}"
    );
    let found = until("wording is told", || {
        Some(told(&site, "the description of `id` reads differently")).filter(|found| !found.is_empty())
    });
    assert!(found.iter().all(|(level, _)| level.eq_ignore_ascii_case("info")) && found.len() == 1, "{found:?}");
    fs::write(
        site.path("b.yaml"),
        good.replace("label: a", "label: b").replace("/get", "/b").replace("a-rest", "b-rest"),
    )
    .unwrap();
    site.control("POST", "/config/reload");
    fs::remove_file(site.path("b.yaml")).unwrap();
    site.control("POST", "/config/reload");
    warned(&site, "the capability is gone");
}

#[test]
fn what_breaks_callers_waits_until_it_is_accepted() {
    let site = Site::start(&["--hold-breaking"]);
    let (file, renamed) = (site.path("caps/a.yaml"), document(&site.upstream, "a", "v2", &["fetch-it"]));
    fs::write(&file, &renamed).unwrap();
    let state = site.until_state("a", "held");
    assert_eq!(site.ask("a"), (200, "a v1".to_owned()));
    let changes = state["held"]["changes"].as_array().unwrap();
    assert!(changes.iter().any(|change| change["unit"] == "tool get-it" && change["class"] == "breaking"), "{state}");
    assert_ne!(state["running"]["hash"], state["onDisk"]["hash"], "{state}");
    assert_eq!(site.status()["inSync"], false);
    warned(&site, "held back");
    warned(&site, "would break callers: tool get-it is gone");
    // It is told once, however often it is looked at, and others advance.
    site.save("b", "v2");
    site.until("b", "v2");
    assert_eq!(site.control("POST", "/config/reload").1["status"], "held");
    assert_eq!(told(&site, "held back").len(), 1);
    let text = Request::new("GET", "/metrics").send(site.control).unwrap().text();
    assert!(text.contains("capstan_capabilities_held 1\n"), "{text}");
    let page = Request::new("GET", "/").with("Accept", "text/html").send(site.gateway).unwrap().text();
    assert!(page.contains("1 held") && page.contains("waits for a confirmation: tool get-it is gone"), "{page}");
    // A confirmation of something else confirms nothing.
    let accept = |body: &str| {
        let answer = Request::new("POST", "/config/accept").json(body).send(site.control).unwrap();
        (answer.status(), serde_json::from_str::<Value>(&answer.text()).unwrap())
    };
    assert_eq!(accept(r#"{"capability": "a", "hash": "0"}"#).0, 409);
    assert_eq!(accept(r#"{"capability": "b"}"#).0, 404);
    assert_eq!(accept(r#"{"capability": "c", "hash": "0"}"#).0, 404);
    assert_eq!(accept(r#"{"capabilty": "a"}"#).0, 400);
    assert_eq!(site.ask("a"), (200, "a v1".to_owned()));
    let (status, outcome) = accept(r#"{"capability": "a"}"#);
    assert_eq!((status, &outcome["status"]), (200, &json!("applied")), "{outcome}");
    site.until("a", "v2");
    site.until_state("a", "in-sync");
    // Once is for one step: going back breaks those who call the new tool.
    fs::write(&file, document(&site.upstream, "a", "v3", &["get-it"])).unwrap();
    site.until_state("a", "held");
    fs::write(&file, document(&site.upstream, "a", "v4", &["fetch-it", "more"])).unwrap();
    site.until("a", "v4");
    assert_eq!(site.state("a")["held"], Value::Null);
    // So does deleting the document.
    fs::remove_file(&file).unwrap();
    let state = site.until_state("a", "held");
    assert_eq!(state["held"]["deleted"], true, "{state}");
    assert_eq!(site.ask("a"), (200, "a v4".to_owned()));
    assert_eq!(site.control("POST", "/config/accept").0, 200);
    until("it is gone", || (site.ask("a").0 == 404).then_some(()));
    let (status, outcome) = site.control("POST", "/config/accept");
    assert_eq!((status, &outcome["code"]), (404, &json!("nothing-held")), "{outcome}");
}

#[test]
fn a_document_says_itself_whether_it_waits() {
    let site = Site::start(&["--no-watch"]);
    let with = |id: &str, version: &str, tools: &[&str], hold: &str| {
        let text = document(&site.upstream, id, version, tools);
        fs::write(
            site.path(&format!("caps/{id}.yaml")),
            text.replace("capability:\n", &format!("capability:\n  hold-breaking: {hold}\n")),
        )
        .unwrap();
        site.control("POST", "/config/reload").1
    };
    assert_eq!(with("a", "v1", &["get-it"], "true")["status"], "applied");
    // The version that runs decides, not the one that takes the key away.
    assert_eq!(with("a", "v2", &[], "false")["status"], "held");
    assert_eq!(site.ask("a").1, "a v1");
    fs::write(site.path("caps/b.yaml"), document(&site.upstream, "b", "v2", &[])).unwrap();
    assert_eq!(site.control("POST", "/config/reload").1["status"], "partly-applied");
    assert_eq!((site.ask("a").1, site.ask("b").1), ("a v1".to_owned(), "b v2".to_owned()));
    assert_eq!(site.control("POST", "/config/accept").1["status"], "applied");
    assert_eq!(site.ask("a").1, "a v2");
}

#[test]
fn a_value_that_is_missing_anew_is_held_like_any_other_change() {
    let (dir, upstream) = (TempDir::new().unwrap(), Upstream::start());
    let text = document(&upstream, "a", "v1", &["get-it"])
        .replace(
            "    resources:\n    - name: r",
            "    authentication: {type: bearer, token: '{{KEY}}'}\n    resources:\n    - name: r",
        )
        .replace("capability:\n", "binds:\n- {namespace: env, keys: {KEY: KEY}}\ncapability:\n");
    fs::write(dir.path().join("a.yaml"), text).unwrap();
    fs::write(dir.path().join(".env"), "KEY=one\n").unwrap();
    let site = Site::serve(dir, upstream, &["a.yaml", "--gateway", "127.0.0.1:0", "--hold-breaking"]);
    assert_eq!(site.ask("a").0, 200);
    fs::write(site.path(".env"), "").unwrap();
    let state = site.until_state("a", "held");
    assert!(state["held"]["changes"][0]["detail"].as_str().unwrap().contains("`KEY` has no value"), "{state}");
    assert_eq!(site.ask("a").0, 200, "what runs keeps its value");
    fs::write(site.path(".env"), "KEY=two\n").unwrap();
    site.until_state("a", "in-sync");
    assert_eq!(site.ask("a").0, 200);
}

#[test]
fn a_plan_that_is_accepted_is_taken_when_it_is_saved() {
    let site = Site::start(&["--hold-breaking"]);
    let drafts = TempDir::new().unwrap();
    let plan = |args: &[&str]| {
        let control = site.control.to_string();
        let all: Vec<&str> = [".", "--control", &control].into_iter().chain(args.iter().copied()).collect();
        let out = Run::new(&all).to_end("plan", drafts.path());
        (out.status.code(), String::from_utf8(out.stdout).unwrap() + &String::from_utf8(out.stderr).unwrap())
    };
    let text = document(&site.upstream, "a", "v2", &["fetch-it"]);
    fs::write(drafts.path().join("a.yaml"), &text).unwrap();
    fs::copy(site.path("caps/b.yaml"), drafts.path().join("b.yaml")).unwrap();
    let (code, shown) = plan(&[]);
    assert!(code == Some(1) && shown.contains("- tool get-it  (breaking)"), "{shown}");
    // Looking confirms nothing.
    fs::write(site.path("caps/a.yaml"), &text).unwrap();
    site.until_state("a", "held");
    site.save("a", "v1");
    site.until_state("a", "in-sync");
    let (code, shown) = plan(&["--accept"]);
    assert!(code == Some(0) && shown.contains("a: accepted") && shown.contains("as soon as it is saved"), "{shown}");
    assert_eq!(site.ask("a").1, "a v1");
    // What was confirmed is what it promises; words may still change.
    fs::write(site.path("caps/a.yaml"), text.replace("label: a", "label: A")).unwrap();
    site.until("a", "v2");
    // What waits already is served at once.
    let back = document(&site.upstream, "a", "v3", &[]);
    fs::write(site.path("caps/a.yaml"), &back).unwrap();
    site.until_state("a", "held");
    fs::write(drafts.path().join("a.yaml"), &back).unwrap();
    let (code, shown) = plan(&["--accept"]);
    assert!(code == Some(0) && shown.contains("is served"), "{shown}");
    site.until("a", "v3");
}
