//! A broken edit, a port that is taken, a file nobody can read: the last good version stays, and only that of the document concerned.

use std::{fs, net::TcpListener};

use capstan_tests::{client::Request, upstream::Upstream};
use serde_json::Value;
use tempfile::TempDir;

use crate::site::{Site, document, free_port, until};

#[test]
fn a_broken_edit_keeps_the_last_good_version_while_others_advance() {
    let site = Site::start(&[]);
    let file = site.path("caps/a.yaml");
    let good = site.document("a", "v1");
    for broken in [
        "{{",
        "",
        "naftiko: 1.0.0-alpha2\n",
        "hello",
        &good.replace("call: up.get", "call: up.nothing"),
        &good[..good.find("  exposes").unwrap()],
        &good.replace("path: /get", "path: [1"),
    ] {
        fs::write(&file, broken).unwrap();
        let state = site.until_state("a", "rejected");
        assert_eq!(site.ask("a"), (200, "a v1".to_owned()), "{broken}");
        let first = &state["diagnostics"][0];
        assert!(first["rendered"].as_str().unwrap().contains("error["), "{state}");
        assert_ne!(state["running"]["hash"], state["onDisk"]["hash"], "{state}");
        fs::write(&file, &good).unwrap();
        site.until_state("a", "in-sync");
    }
    fs::write(&file, "{{").unwrap();
    site.save("b", "v2");
    site.until("b", "v2");
    assert_eq!(site.ask("a"), (200, "a v1".to_owned()));
    // Told once, with the place, however often it is looked at.
    for _ in 0..3 {
        site.control("POST", "/config/reload");
    }
    let log = site.capstan.log();
    let since = log.rfind("everything on disk runs").unwrap_or(0);
    assert_eq!(log[since..].matches("unquoted-template").count(), 1, "{}", &log[since..]);
    site.save("a", "v3");
    site.until("a", "v3");
}

#[test]
fn a_document_that_was_never_good_is_a_failing_mount() {
    let site = Site::start(&[]);
    fs::write(site.path("caps/c.yaml"), "naftiko: 1.0.0-alpha2\ncapability: [").unwrap();
    let state = site.until_state("c", "never-good");
    assert_eq!(state["running"], Value::Null);
    assert_eq!(site.ask("c").0, 503);
    fs::write(site.path("caps/c.yaml"), site.document("c", "v1")).unwrap();
    site.until("c", "v1");
}

#[test]
fn a_port_that_is_taken_rejects_that_document_only() {
    let dir = TempDir::new().unwrap();
    let upstream = Upstream::start();
    let (one, two) = (free_port(), free_port());
    let text = |version: &str, port: u16| document(&upstream, "a", version, &[]).replace("8080", &port.to_string());
    let other = |version: &str| document(&upstream, "b", version, &[]).replace("8080", &two.to_string());
    let (v1, v2, v3) = (text("v1", one), text("v2", two.wrapping_add(1).max(1024)), other("v2"));
    fs::write(dir.path().join("a.yaml"), v1).unwrap();
    fs::write(dir.path().join("b.yaml"), other("v1")).unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let wants = v2.replace(&two.wrapping_add(1).max(1024).to_string(), &port.to_string());
    let site = Site::serve(dir, upstream, &["."]);
    let ask = |port: u16| {
        let answer = Request::new("GET", "/get").send(([127, 0, 0, 1], port).into()).ok()?;
        serde_json::from_str::<Value>(&answer.text()).ok()?["version"].as_str().map(str::to_owned)
    };
    assert_eq!(ask(one).as_deref(), Some("a v1"));
    fs::write(site.path("a.yaml"), wants).unwrap();
    fs::write(site.path("b.yaml"), v3).unwrap();
    let state = site.until_state("a", "rejected");
    assert!(state["diagnostics"][0]["message"].as_str().unwrap().contains("another process has it"), "{state}");
    until("the neighbour advances", || (ask(two).as_deref() == Some("b v2")).then_some(()));
    assert_eq!(ask(one).as_deref(), Some("a v1"));
    drop(taken);
    // Tried again without a change of files; then the old port is given back.
    until("the port is free", || (ask(port).as_deref() == Some("a v2")).then_some(()));
    until("the old port is closed", || TcpListener::bind(("127.0.0.1", one)).is_ok().then_some(()));
    site.until_state("a", "in-sync");
}

#[test]
fn the_first_keeps_a_route_that_both_want() {
    let dir = TempDir::new().unwrap();
    let upstream = Upstream::start();
    let port = free_port().to_string();
    let of = |id: &str, version: &str| document(&upstream, id, version, &[]).replace("8080", &port);
    fs::write(dir.path().join("m.yaml"), of("m", "v1")).unwrap();
    let early = of("b", "v1");
    let site = Site::serve(dir, upstream, &["."]);
    fs::write(site.path("b.yaml"), early).unwrap();
    let state = until("the newcomer is told", || {
        Some(site.state("b")).filter(|one| one["notices"][0]["code"] == "route-conflict")
    });
    assert!(state["notices"][0]["message"].as_str().unwrap().contains('m'), "{state}");
    assert!(site.state("m")["notices"][0]["message"].as_str().unwrap().contains("`b`"));
    let ask = || Request::new("GET", "/get").send(([127, 0, 0, 1], port.parse().unwrap()).into()).unwrap().text();
    assert!(ask().contains("m v1"));
    fs::remove_file(site.path("m.yaml")).unwrap();
    until("the route is inherited", || ask().contains("b v1").then_some(()));
}

#[test]
fn what_is_out_of_reach_keeps_running_and_what_is_deleted_does_not() {
    let site = Site::start(&[]);
    // A folder in place of the file: nobody can read it, root included.
    fs::remove_file(site.path("caps/a.yaml")).unwrap();
    fs::create_dir(site.path("caps/a.yaml")).unwrap();
    let state = site.until_state("a", "rejected");
    assert!(state["diagnostics"][0]["message"].as_str().unwrap().contains("folder"), "{state}");
    assert_eq!(site.ask("a"), (200, "a v1".to_owned()));
    fs::remove_dir(site.path("caps/a.yaml")).unwrap();
    site.save("a", "v2");
    site.until("a", "v2");
    // The whole folder is gone, as when it is not mounted.
    fs::rename(site.path("caps"), site.path("elsewhere")).unwrap();
    site.until_state("b", "rejected");
    assert_eq!(site.ask("a"), (200, "a v2".to_owned()));
    fs::rename(site.path("elsewhere"), site.path("caps")).unwrap();
    site.until_state("b", "in-sync");
    site.save("b", "v3");
    site.until("b", "v3");
}
