//! `POST /config/validate` with a body: what is sent is held against what runs, and nothing comes of it.

use std::{fs, process::Command};

use capstan_tests::client::Request;
use serde_json::{Value, json};

use crate::site::{Site, document, free_port};

fn validate(site: &Site, target: &str, kind: Option<&str>, body: impl Into<Vec<u8>>) -> (u16, Value, Option<String>) {
    let mut request = Request::new("POST", target);
    if let Some(kind) = kind {
        request = request.with("Content-Type", kind);
    }
    request.body = body.into();
    let answer = request.send(site.control).unwrap();
    let value = serde_json::from_str(&answer.text()).unwrap_or(Value::String(answer.text()));
    (answer.status(), value, answer.header("accept-post").map(str::to_owned))
}

#[test]
fn a_document_is_held_against_what_runs() {
    let site = Site::start(&["--no-watch"]);
    let yaml = Some("application/yaml; charset=utf-8");
    let (status, outcome, _) = validate(&site, "/config/validate?id=a", yaml, site.document("a", "v1"));
    assert_eq!((status, &outcome["valid"], &outcome["changes"]), (200, &json!(true), &json!([])), "{outcome}");
    let less = document(&site.upstream, "a", "v2", &[]);
    let (_, outcome, _) = validate(&site, "/config/validate?id=a", yaml, less.as_str());
    assert_eq!((&outcome["valid"], &outcome["breaking"]), (&json!(true), &json!(true)), "{outcome}");
    assert!(outcome["changes"].to_string().contains("tool get-it"), "{outcome}");
    let broken = less.replace("call: up.get", "call: up.gte");
    let (_, outcome, _) = validate(&site, "/config/validate?id=a", yaml, broken.as_str());
    assert_eq!(
        (&outcome["valid"], &outcome["diagnostics"][0]["capability"]),
        (&json!(false), &json!("a")),
        "{outcome}"
    );
    assert!(outcome["diagnostics"][0]["line"].as_u64().unwrap() > 1, "{outcome}");
    // One that would be new is looked at too.
    let (_, outcome, _) = validate(&site, "/config/validate?id=team/new", yaml, broken.replace("label: a", "label: c"));
    assert_eq!(
        (&outcome["valid"], &outcome["diagnostics"][0]["capability"]),
        (&json!(false), &json!("team/new")),
        "{outcome}"
    );
    // Which one is meant must be said.
    let (status, outcome, _) = validate(&site, "/config/validate", yaml, less.as_str());
    assert!(status == 400 && outcome["detail"].as_str().unwrap().contains("?id="), "{outcome}");
    for id in ["../a", "", "a//b", "/etc/x"] {
        assert_eq!(validate(&site, &format!("/config/validate?id={id}"), yaml, less.as_str()).0, 400, "{id}");
    }
    assert_eq!(validate(&site, "/config/validate?name=a", yaml, less.as_str()).0, 400);
    // Nothing came of it.
    assert_eq!((site.ask("a"), site.generation()), ((200, "a v1".to_owned()), 1));
    assert_eq!(site.state("a")["state"], "in-sync");
}

#[test]
fn values_ports_and_routes_are_those_of_the_process() {
    let (dir, upstream) = (tempfile::TempDir::new().unwrap(), capstan_tests::upstream::Upstream::start());
    let port = free_port().to_string();
    let of = |id: &str| document(&upstream, id, "v1", &[]).replace("8080", &port);
    fs::write(dir.path().join("a.yaml"), of("a")).unwrap();
    let newcomer = of("b");
    let keyed = of("a")
        .replace(
            "    resources:\n    - name: r",
            "    authentication: {type: bearer, token: '{{KEY}}'}\n    resources:\n    - name: r",
        )
        .replace("capability:\n", "binds:\n- {namespace: env, keys: {KEY: KEY}}\ncapability:\n");
    let site = Site::serve(dir, upstream, &[".", "--no-watch"]);
    let yaml = Some("text/yaml");
    let (_, outcome, _) = validate(&site, "/config/validate?id=b", yaml, newcomer.as_str());
    assert_eq!(
        (&outcome["valid"], &outcome["diagnostics"][0]["code"]),
        (&json!(false), &json!("route-conflict")),
        "{outcome}"
    );
    // The only document is the one that is meant.
    let (_, outcome, _) = validate(&site, "/config/validate", yaml, keyed.as_str());
    assert!(outcome["breaking"] == true && outcome["changes"].to_string().contains("`KEY` has no value"), "{outcome}");
    fs::write(site.path(".env"), "KEY=x\n").unwrap();
    let (_, outcome, _) = validate(&site, "/config/validate", yaml, keyed.as_str());
    assert_eq!(outcome["breaking"], false, "{outcome}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let moved = newcomer.replace(&port, &taken.local_addr().unwrap().port().to_string());
    let (_, outcome, _) = validate(&site, "/config/validate?id=b", yaml, moved.as_str());
    assert_eq!(
        (&outcome["valid"], &outcome["diagnostics"][0]["code"]),
        (&json!(false), &json!("port-conflict")),
        "{outcome}"
    );
    let other = newcomer.replace(&port, &free_port().to_string());
    let (_, outcome, _) = validate(&site, "/config/validate?id=b", yaml, other.as_str());
    assert!(outcome["valid"] == true && outcome["listeners"]["added"].as_array().unwrap().len() == 1, "{outcome}");
}

/// A folder, packed by the system's own tar.
fn packed(site: &Site, folder: &str, member: &str, flags: &str) -> Vec<u8> {
    let out = Command::new("tar").args([flags, "-", "-C"]).arg(site.path(folder)).arg(member).output().unwrap();
    assert!(out.status.success(), "{out:?}");
    out.stdout
}

#[test]
fn an_archive_stands_for_the_whole_bundle() {
    let site = Site::start(&["--no-watch", "--hold-breaking"]);
    fs::create_dir_all(site.path("next/caps")).unwrap();
    for (id, tools) in [("a", vec!["get-it", "more"]), ("c", vec!["get-it"])] {
        fs::write(site.path(&format!("next/caps/{id}.yaml")), document(&site.upstream, id, "v1", &tools)).unwrap();
    }
    for (bytes, kind) in [
        (packed(&site, "next/caps", ".", "-cf"), "application/x-tar"),
        (packed(&site, "next", "caps", "-czf"), "application/gzip"),
    ] {
        let (status, outcome, _) = validate(&site, "/config/validate", Some(kind), bytes);
        assert_eq!(
            (status, &outcome["valid"], &outcome["reloadable"]),
            (200, &json!(true), &json!(false)),
            "{outcome}"
        );
        let words: Vec<String> = outcome["changes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| format!("{} {} {}", c["capability"], c["unit"], c["what"]))
            .collect();
        assert_eq!(words.iter().filter(|word| word.contains("\"a\"")).count(), 1, "{words:?}");
        assert!(words.iter().any(|word| word.contains("tool more") && word.contains("added")), "{words:?}");
        assert!(words.iter().any(|word| word.starts_with("\"c\" null \"added\"")), "{words:?}");
        // What is not in it would be deleted, which waits here.
        assert_eq!(outcome["held"][0]["capability"], "b", "{outcome}");
    }
    fs::write(site.path("next/caps/a.yaml"), "capability: [").unwrap();
    let (_, outcome, _) =
        validate(&site, "/config/validate", Some("application/x-tar"), packed(&site, "next/caps", ".", "-cf"));
    assert_eq!((&outcome["valid"], &outcome["diagnostics"][0]["file"]), (&json!(false), &json!("a.yaml")), "{outcome}");
    assert!(!outcome.to_string().contains("/tmp"), "{outcome}");
    assert_eq!((site.ask("a"), site.ask("b").0, site.generation()), ((200, "a v1".to_owned()), 200, 1));
}

#[test]
fn what_cannot_be_used_is_said_so() {
    let site = Site::start(&["--no-watch"]);
    for kind in [None, Some("application/x-www-form-urlencoded"), Some("text/plain"), Some("image/png")] {
        let (status, outcome, accepted) = validate(&site, "/config/validate?id=a", kind, "naftiko: x");
        assert_eq!(status, 415, "{outcome}");
        assert!(accepted.unwrap().contains("application/yaml"), "{outcome}");
    }
    let (status, outcome, _) = validate(&site, "/config/validate", Some("application/zip"), "naftiko: x");
    assert!(status == 400 && outcome["detail"].as_str().unwrap().contains("ZIP"), "{outcome}");
    let (status, _, _) = validate(&site, "/config/validate?id=a", Some("application/yaml"), vec![b'a'; 17 << 20]);
    assert_eq!(status, 413);
    // Without a body it is what is on disk, as ever.
    assert_eq!(site.control("POST", "/config/validate").1["valid"], true);
}
