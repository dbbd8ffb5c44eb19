//! Tests of `url_builder`.

use std::sync::Arc;

use capstan_plan::{PathPart, QueryPart, SlotId, Template};
use serde_json::json;

use super::*;
use crate::{
    base::bindings::Bindings,
    base::host::SystemHost,
    base::value::{Inputs, Value},
    target::address::Target,
    template::functions::Functions,
    template::scope::Scope,
};

fn target(path: &str, query: &str) -> Target {
    Target {
        scheme: http::uri::Scheme::HTTPS,
        authority: http::uri::Authority::from_static("api.example.com"),
        host: None,
        origin: "https://api.example.com:443".into(),
        path: path.into(),
        query: query.into(),
    }
}

fn fill(base: &str, path: &[PathPart], query: &[QueryPart], values: &[Json]) -> Result<String, Fault> {
    let mut frame = Inputs::with_slots(8);
    for (at, value) in values.iter().enumerate() {
        frame.set(SlotId::from(at), Value::Json(value.clone()));
    }
    let bindings = Bindings::default();
    let functions = Functions::new(Arc::new(SystemHost), "".into(), Arc::default());
    let scope = Scope::new(&frame, &bindings, &functions);
    path_and_query(&target(base, ""), path, query, scope, &[], &[])
}

fn literal(text: &str) -> PathPart {
    PathPart::Literal(text.into())
}

fn value(slot: u32) -> PathPart {
    PathPart::value("id", Template::slot(SlotId(slot)))
}

fn query(name: &str, slot: u32) -> QueryPart {
    QueryPart::new(name, Template::slot(SlotId(slot)))
}

#[test]
fn base_and_path_join_with_one_slash() {
    for (base, path, expected) in [
        ("", "/users", "/users"),
        ("/v1", "/users", "/v1/users"),
        ("/v1/", "/users", "/v1/users"),
        ("/v1", "/", "/v1/"),
        ("/v1", "", "/v1"),
        ("/v1/", "", "/v1/"),
        ("", "", "/"),
        ("", "/", "/"),
        ("", "users", "/users"),
        ("/v1", "users", "/v1/users"),
    ] {
        assert_eq!(fill(base, &[literal(path)], &[], &[]).unwrap(), expected, "{base} + {path}");
    }
}

#[test]
fn path_values_cannot_leave_their_segment() {
    for (given, sent) in [
        (json!("plain-1._~"), "plain-1._~"),
        (json!("a/b"), "a%2Fb"),
        (json!("..a/b"), "..a%2Fb"),
        (json!("%41"), "%2541"),
        (json!("x?y=1#z"), "x%3Fy%3D1%23z"),
        (json!("a b&c"), "a%20b%26c"),
        (json!("é\r\n"), "%C3%A9%0D%0A"),
        (json!("@evil.example"), "%40evil.example"),
        (json!(42), "42"),
        (json!(["a", "b/c"]), "a%2Cb%2Fc"),
    ] {
        let path = [literal("/v1/"), value(0), literal("/end")];
        assert_eq!(fill("", &path, &[], std::slice::from_ref(&given)).unwrap(), format!("/v1/{sent}/end"), "{given}");
    }
}

#[test]
fn a_segment_of_dots_is_refused() {
    let refused = |path: &[PathPart], values: &[Json]| fill("/base", path, &[], values).is_err();
    let dots = [".", "..", "../../admin", "a/..", "%2e%2e", "..%2fx", "%252e%252e", "..\\x", "..;x/y"];
    for dots in dots.map(|dots| json!(dots)) {
        assert!(refused(&[literal("/v1/"), value(0), literal("/end")], &[dots]));
    }
    assert!(refused(&[literal("/files/."), value(0), literal("/x")], &[json!(".")]));
    let path = [literal("/files/"), value(0), value(1)];
    assert_eq!(fill("/base", &path, &[], &[json!("a"), json!("..")]).unwrap(), "/base/files/a..");
}

#[test]
fn required_path_values_must_be_there() {
    for values in [vec![], vec![json!("")], vec![json!(null)]] {
        let fault = fill("", &[literal("/v1/"), value(0)], &[], &values).unwrap_err();
        assert_eq!(fault.kind, crate::FaultKind::Caller(CallerFault::MissingInput));
    }
}

#[test]
fn optional_segments_vanish() {
    let optional = |slot| PathPart::Segment { name: "x".into(), value: Template::slot(SlotId(slot)), required: false };
    let path = [literal("/a"), optional(0), optional(1)];
    assert_eq!(fill("", &path, &[], &[json!("1")]).unwrap(), "/a/1");
    let path =
        [literal("/a"), PathPart::Segment { name: "x".into(), value: Template::slot(SlotId(3)), required: true }];
    assert!(fill("", &path, &[], &[]).is_err());
}

#[test]
fn query_values_are_form_encoded() {
    let parts = [query("q", 0), query("tag[]", 1), query("o", 2), query("gone", 3), query("empty", 4), query("", 5)];
    let values =
        [json!("a b&c=d#é"), json!(["x", 2, null, true]), json!({"k": [1]}), json!(null), json!(""), json!("no")];
    assert_eq!(
        fill("/s", &[], &parts, &values).unwrap(),
        "/s?q=a+b%26c%3Dd%23%C3%A9&tag%5B%5D=x&tag%5B%5D=2&tag%5B%5D=true&o=%7B%22k%22%3A%5B1%5D%7D&empty="
    );
}

#[test]
fn a_credential_replaces_what_has_its_name() {
    let frame = Inputs::with_slots(0);
    let bindings = Bindings::default();
    let functions = Functions::new(Arc::new(SystemHost), "".into(), Arc::default());
    let scope = Scope::new(&frame, &bindings, &functions);
    let parts = [QueryPart::new("key", Template::text("theirs")), QueryPart::new("q", Template::text("1"))];
    let sent = path_and_query(
        &target("/v1", "fixed=1"),
        &[literal("/x/"), value(0)],
        &parts,
        scope,
        &[("id".into(), "me".into())],
        &[("key".into(), "ours".into())],
    );
    assert_eq!(sent.unwrap(), "/v1/x/me?fixed=1&q=1&key=ours");
}

#[test]
fn forms_repeat_lists() {
    let object = json!({"a": "x y", "b": [1, 2], "c": null, "d": {"e": 1}});
    assert_eq!(form_body(object.as_object().unwrap()), "a=x+y&b=1&b=2&d=%7B%22e%22%3A1%7D");
}
