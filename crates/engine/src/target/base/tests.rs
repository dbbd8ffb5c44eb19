//! Tests of `base`.

use std::sync::Arc;

use capstan_plan::{SlotId, Template};

use http::uri::Scheme;

use super::*;
use crate::{
    base::bindings::Bindings,
    base::fault::{FaultKind, UpstreamFault},
    base::host::SystemHost,
    base::value::{Inputs, Value},
    target::overrides::{Overrides, UpstreamRule},
    template::functions::Functions,
};

fn client(parts: Vec<BasePart>) -> Client {
    Client {
        namespace: "my-api".into(),
        base_text: "".into(),
        base: Base { parts: parts.into() },
        credential: None,
        limits: None,
        origin: Origin::new("x.yaml".into(), 1, 1),
    }
}

fn resolve(routing: &Routing, parts: Vec<BasePart>, label: &str) -> Result<Target, Fault> {
    let client = client(parts);
    let mut frame = Inputs::with_slots(1);
    frame.set(SlotId(0), Value::text(label));
    let bindings = Bindings::default();
    let functions = Functions::new(Arc::new(SystemHost), "".into(), Arc::default());
    super::resolve(routing, &client, &client.base, Scope::new(&frame, &bindings, &functions), &[])
}

fn text(text: &str) -> BasePart {
    BasePart::Literal(text.into())
}

fn label() -> BasePart {
    BasePart::Label { name: "tenant".into(), value: Template::slot(SlotId(0)) }
}

fn is_bad_label(outcome: Result<Target, Fault>) -> bool {
    outcome.is_err_and(|fault| fault.kind == FaultKind::Caller(CallerFault::BadBaseLabel))
}

#[test]
fn a_caller_gives_one_label_at_most() {
    let parts = || vec![text("https://"), label(), text(".example.com/v1")];
    let routing = Routing::default();
    let target = resolve(&routing, parts(), "Acme-1").unwrap();
    assert_eq!((target.authority.as_str(), &*target.path), ("acme-1.example.com", "/v1"));
    let long = "a".repeat(64);
    for evil in [
        "evil.com/",
        "evil.com#",
        "evil.com?",
        "a.b",
        "a@b",
        "a:80",
        "",
        "-a",
        "a-",
        "a b",
        "é",
        "..",
        "%2f",
        "a\\b",
        "a\r\nb",
        &long,
    ] {
        let outcome = resolve(&routing, parts(), evil);
        assert!(outcome.is_err_and(|fault| fault.status() == 400), "{evil:?}");
    }
}

#[test]
fn a_caller_chooses_no_domain() {
    let routing = Routing::default();
    for parts in [
        vec![text("https://"), label()],
        vec![text("https://"), label(), text("/v1")],
        vec![text("https://"), label(), text(".com/v1")],
        vec![text("https://api.example.com/"), label()],
        vec![text("https://"), label(), text("evil.example.com")],
    ] {
        assert!(is_bad_label(resolve(&routing, parts.clone(), "acme")), "{parts:?}");
    }
}

#[test]
fn schemes_are_completed() {
    let routing = Routing::default();
    for (base, https, authority, path) in [
        ("https://h.example/v1", true, "h.example", "/v1"),
        ("http://h.example:8080/", false, "h.example:8080", ""),
        ("//h.example/v1", true, "h.example", "/v1"),
        ("h.example/v1", true, "h.example", "/v1"),
        ("https://h.example:443", true, "h.example:443", ""),
    ] {
        let target = resolve(&routing, vec![text(base)], "x").unwrap();
        assert_eq!(
            (target.scheme == Scheme::HTTPS, target.authority.as_str(), &*target.path),
            (https, authority, path),
            "{base}"
        );
    }
    for base in ["ftp://h.example", "https://", "https://user:pw@h.example/"] {
        assert!(resolve(&routing, vec![text(base)], "x").is_err(), "{base}");
    }
}

#[test]
fn an_empty_base_needs_the_environment() {
    let fault = resolve(&Routing::default(), vec![], "x").unwrap_err();
    assert!(fault.detail.contains("MY_API_BASE_URL"), "{}", fault.detail);
    let overrides = Overrides {
        base_env: Some(Arc::new(|name| (name == "MY_API_BASE_URL").then(|| "https://env.example/root/".to_owned()))),
        ..Overrides::default()
    };
    let routing = Routing::new(&overrides);
    assert_eq!(&*resolve(&routing, vec![text("/v1")], "x").unwrap().path, "/root/v1");
    assert_eq!(resolve(&routing, vec![], "x").unwrap().authority.as_str(), "env.example");
    assert_eq!(resolve(&routing, vec![text("https://own.example")], "x").unwrap().authority.as_str(), "own.example");
}

#[test]
fn overrides_keep_host_and_path() {
    let overrides = Overrides {
        upstream: vec![
            UpstreamRule::parse("https://api.example.com=http://127.0.0.1:9000").unwrap(),
            UpstreamRule::parse("*=http://127.0.0.1:9001").unwrap(),
        ],
        ..Overrides::default()
    };
    let routing = Routing::new(&overrides);
    let target = resolve(&routing, vec![text("https://api.example.com/v1?a=b")], "x").unwrap();
    assert_eq!((target.authority.as_str(), target.scheme == Scheme::HTTPS), ("127.0.0.1:9000", false));
    assert_eq!(target.host.as_ref().unwrap(), "api.example.com");
    assert_eq!((&*target.path, &*target.query), ("/v1", "a=b"));
    assert_eq!(
        resolve(&routing, vec![text("https://other.example")], "x").unwrap().authority.as_str(),
        "127.0.0.1:9001"
    );
}

#[test]
fn sandboxes_let_nothing_else_out() {
    let overrides = Overrides {
        sandboxes: Some([("https://api.bfl.ai".into(), "http://127.0.0.1:7000".into())].into()),
        upstream: vec![UpstreamRule::parse("*=http://elsewhere.example").unwrap()],
        ..Overrides::default()
    };
    let routing = Routing::new(&overrides);
    assert_eq!(
        resolve(&routing, vec![text("https://api.bfl.ai/v1")], "x").unwrap().authority.as_str(),
        "127.0.0.1:7000"
    );
    let fault = resolve(&routing, vec![text("https://api.github.com")], "x").unwrap_err();
    assert_eq!(fault.kind, FaultKind::Upstream(UpstreamFault::NotCovered));
    assert_eq!(fault.status(), 502);
}
