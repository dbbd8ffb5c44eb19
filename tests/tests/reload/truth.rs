//! What the control plane and the command line say of it.

use std::fs;

use capstan_tests::{
    capstan::Run,
    client::Request,
    mcp::{self, Client},
};

use crate::site::{Site, document, until};

#[test]
fn status_metrics_and_health_tell_what_runs_and_why() {
    let site = Site::start(&[]);
    let gauge = |name: &str| {
        let text = Request::new("GET", "/metrics").send(site.control).unwrap().text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
        line.and_then(|value| value.parse::<f64>().ok()).unwrap_or(f64::NAN)
    };
    let status = site.status();
    assert_eq!(status["inSync"], true, "{status}");
    assert_eq!(status["engine"]["native"], true);
    assert_eq!(gauge("config_in_sync"), 1.0);
    assert!(gauge("process_resident_memory_bytes") > 1e6);
    let at = gauge("config_last_reload_success_timestamp_seconds");
    fs::write(site.path("caps/a.yaml"), document(&site.upstream, "a", "v2", &["fetch-it"])).unwrap();
    site.until("a", "v2");
    fs::write(site.path("caps/b.yaml"), "capability: [").unwrap();
    site.until_state("b", "rejected");
    assert_eq!(site.status()["inSync"], false);
    assert_eq!((gauge("config_in_sync"), gauge("config_last_reload_successful")), (0.0, 0.0));
    assert!(gauge("config_last_reload_success_timestamp_seconds") >= at);
    assert_eq!(site.control("GET", "/health/ready").0, 200);
    assert_eq!(site.control("GET", "/health/live").1["status"], "UP");
    let text = Request::new("GET", "/metrics").send(site.control).unwrap().text();
    assert!(
        text.contains("capstan_requests_total{capability=\"a\",adapter=\"rest\",unit=\"get\",status=\"2xx\"}"),
        "{text}"
    );
    let generations = site.status()["generations"].take();
    let changes = generations[0]["changes"].as_array().unwrap();
    let of = |unit: &str| changes.iter().find(|change| change["unit"] == unit).cloned().unwrap_or_default();
    assert_eq!((&of("tool get-it")["what"], &of("tool get-it")["breaking"]), (&"removed".into(), &true.into()));
    assert_eq!(of("tool fetch-it")["what"], "added");
    assert_eq!(generations[0]["breaking"], true);
    // For programs on this machine, not for pages in its browser.
    let foreign = Request::new("POST", "/config/reload").with("Origin", "https://evil.example").send(site.control);
    assert_eq!(foreign.unwrap().status(), 403);
}

#[test]
fn validate_says_what_a_reload_would_do_and_does_not_do_it() {
    let site = Site::start(&["--no-watch"]);
    fs::write(site.path("caps/a.yaml"), document(&site.upstream, "a", "v2", &["fetch-it"])).unwrap();
    fs::write(site.path("caps/b.yaml"), "capability: [").unwrap();
    let (status, outcome) = site.control("POST", "/config/validate");
    assert_eq!((status, &outcome["valid"], &outcome["breaking"]), (200, &false.into(), &true.into()), "{outcome}");
    assert_eq!(outcome["diagnostics"][0]["capability"], "b");
    assert_eq!(site.ask("a"), (200, "a v1".to_owned()));
    let (status, outcome) = site.control("POST", "/config/reload");
    assert_eq!((status, &outcome["status"]), (409, &"partly-applied".into()), "{outcome}");
    assert_eq!(site.ask("a"), (200, "a v2".to_owned()));
}

#[test]
fn a_tool_that_was_renamed_says_so() {
    let site = Site::start(&[]);
    let client = Client::legacy(site.gateway, "/a/mcp").unwrap();
    assert_eq!(client.tool("get-it", serde_json::json!({})).unwrap().message["result"]["isError"], false);
    fs::write(site.path("caps/a.yaml"), document(&site.upstream, "a", "v1", &["other", "get-it-now"])).unwrap();
    let text = until("the tool is gone", || {
        let answer = client.tool("get-it", serde_json::json!({})).unwrap().message;
        (answer["result"]["isError"] == true)
            .then(|| answer["result"]["content"][0]["text"].as_str().unwrap().to_owned())
    });
    assert!(text.contains("`get-it` was removed or renamed"), "{text}");
    let modern = Client::modern(site.gateway, "/a/mcp");
    let answer = modern.tool("get-it", serde_json::json!({})).unwrap().message;
    assert_eq!(answer["result"]["isError"], true, "{answer}");
    // What never was is an unknown tool.
    assert!(modern.tool("nonsense", serde_json::json!({})).unwrap().message["error"].is_object());
    assert_eq!(mcp::MODERN, "2026-07-28");
}

#[test]
fn plan_and_diff_speak_of_operations_and_tools() {
    let site = Site::start(&["--no-watch"]);
    let plan = || {
        let out = Run::new(&["caps", "--control", &site.control.to_string()]).to_end("plan", site.dir.path());
        (out.status.code(), String::from_utf8(out.stdout).unwrap())
    };
    let (code, text) = plan();
    assert!(code == Some(0) && text.ends_with("no change for callers\n"), "{text}");
    fs::write(site.path("caps/a.yaml"), document(&site.upstream, "a", "v1", &["get-it", "more"])).unwrap();
    let (code, text) = plan();
    assert!(code == Some(0) && text.contains("+ tool more") && text.contains("compatible: 1 change"), "{text}");
    fs::write(site.path("caps/a.yaml"), document(&site.upstream, "a", "v1", &[])).unwrap();
    let (code, text) = plan();
    assert!(code == Some(1) && text.contains("- tool get-it  (breaking)"), "{text}");
    assert!(text.contains("listeners kept: mcp localhost:9090, rest localhost:8080"), "{text}");
    let diff = Run::new(&["caps/b.yaml", "caps/a.yaml"]).to_end("diff", site.dir.path());
    assert_eq!(diff.status.code(), Some(1));
    let open = Run::new(&["caps", "--control", "0.0.0.0:0"]).to_end("serve", site.dir.path());
    assert_eq!(open.status.code(), Some(2), "an open control plane is refused");
}
