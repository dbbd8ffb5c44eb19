//! A value never leaves its place in an upstream's path, however a server would decode it: by REST, MCP and a transparent proxy.

use capstan_tests::client::Request;
use serde_json::json;

use super::site::{Site, text};

const DOCUMENT: &str = "
naftiko: 1.0.0-alpha2
info: {label: Books, description: Books.}
capability:
  consumes:
  - type: http
    namespace: books
    baseUri: https://books.example/v1
    resources:
    - {name: get, path: '/books/{id}/pages', operations: [{name: get, method: GET}]}
    - {name: page, path: '/pages/p.{n}', operations: [{name: page, method: GET}]}
  - type: http
    namespace: tenants
    baseUri: 'https://{tenant}.books.example'
    resources:
    - {name: t, path: /t, operations: [{name: t, method: GET}]}
  exposes:
  - type: rest
    namespace: rest
    port: 8080
    resources:
    - path: '/books/{id}'
      operations: [{method: GET, name: get, call: books.get}]
    - path: '/any/{rest}'
      forward: {targetNamespace: books}
    - path: /t
      operations: [{method: GET, name: t, call: tenants.t}]
  - type: mcp
    namespace: mcp
    port: 9090
    tools:
    - {name: get, description: d, call: books.get}
    - {name: page, description: d, call: books.page}
    - {name: t, description: d, call: tenants.t}
";

/// Values as a model would send them.
const DOTS: &[&str] = &[
    ".",
    "..",
    "../admin",
    "a/../admin",
    "a/..",
    "./a",
    "a/./b",
    "../../admin",
    "..\\admin",
    "a\\..\\b",
    "..;/admin",
    "..;a=b/admin",
    "a/..;/b",
    "%2e%2e",
    "%2E%2e/admin",
    "%2e%2e%2fadmin",
    "..%2fadmin",
    "..%5cadmin",
    "%252e%252e",
    "%252e%252e%252fadmin",
    "%25252e%25252e",
    "..%c0%afadmin",
    "%c0%ae%c0%ae/admin",
    "%e0%80%ae%e0%80%ae/admin",
    "%u002e%u002e/admin",
    "%uff0e%uff0e/admin",
    "\u{ff0e}\u{ff0e}/admin",
    "..\u{ff0f}admin",
    "\u{2025}/admin",
    ".. /admin",
    "..\t/admin",
    "..\u{0}/admin",
    "..%00/admin",
    "..?x",
    "..#x",
    "..%3fx",
    "..%23x",
    "..%3badmin/x",
];

/// The same as they come in a request line, still encoded.
const ENCODED: &[&str] = &[
    "%2e%2e",
    "%2e",
    ".%2e",
    "%2e.",
    "..%2fadmin",
    "..%2Fadmin",
    "a%2f..%2fadmin",
    "..%5cadmin",
    "%2e%2e%5cadmin",
    "..;",
    "..;a=b",
    "..%3b",
    "..%3ba=b",
    "%252e%252e",
    "..%252fadmin",
    "..%255cadmin",
    "%25252e%25252e",
    "%c0%ae%c0%ae",
    "..%c0%afadmin",
    "..%c1%9cadmin",
    "%e0%80%ae%e0%80%ae",
    "%u002e%u002e",
    "%EF%BC%8E%EF%BC%8E",
    "%E2%80%A5",
    "..%00",
    "..%20",
    "..%09",
    "..%3fx",
    "..%23x",
];

#[test]
fn no_value_traverses_by_mcp() {
    let site = Site::new(DOCUMENT, &[]);
    for value in DOTS {
        let (result, seen) = site.tool("get", json!({"id": value}));
        assert_eq!((&result["isError"], seen.len()), (&json!(true), 0), "{value:?}: {result} {seen:?}");
        assert!(text(&result).contains("- `id` makes"), "{value:?}: {result}");
    }
    for value in ["/../../admin", "a/../../x", "x%2f..%2fy"] {
        let (result, seen) = site.tool("page", json!({"n": value}));
        assert_eq!((&result["isError"], seen.len()), (&json!(true), 0), "{value:?}: {result} {seen:?}");
    }
}

#[test]
fn no_value_traverses_by_rest_nor_through_a_proxy() {
    let site = Site::new(DOCUMENT, &[]);
    for value in ENCODED {
        for path in [format!("/books/{value}"), format!("/any/{value}"), format!("/any/a/{value}/b")] {
            let (answer, seen) = site.ask(&Request::new("GET", &path));
            assert!((400..500).contains(&answer.status()) && seen.is_empty(), "{path}: {} {seen:?}", answer.start);
        }
    }
    for path in
        ["/any/..;/admin", "/any/a/..;x/admin", "/any/../admin", "/any/./admin", "/any/a/../../admin", "/any/..\\admin"]
    {
        let (answer, seen) = site.ask(&Request::new("GET", path));
        assert!((400..500).contains(&answer.status()) && seen.is_empty(), "{path}: {} {seen:?}", answer.start);
    }
}

#[test]
fn names_with_dots_and_slashes_go_where_they_belong() {
    let site = Site::new(DOCUMENT, &[]);
    for (value, sent) in [
        ("a.b", "a.b"),
        ("...", "..."),
        ("..a", "..a"),
        ("a..", "a.."),
        (".hidden", ".hidden"),
        ("owner/repo.git", "owner%2Frepo.git"),
        ("a b", "a%20b"),
        ("100%", "100%25"),
        ("café", "caf%C3%A9"),
        ("a;b=..", "a%3Bb%3D.."),
        ("1.2.3", "1.2.3"),
        ("What is . and ..", "What%20is%20.%20and%20.."),
    ] {
        let (result, seen) = site.tool("get", json!({"id": value}));
        assert_eq!(result["isError"], false, "{value}: {result}");
        assert_eq!(seen[0].target, format!("/v1/books/{sent}/pages"), "{value}");
    }
    for (path, sent) in
        [("/any/a.b/..c/d..", "/v1/a.b/..c/d.."), ("/any/a%2Fb", "/v1/a%2Fb"), ("/any/a;b=1/c", "/v1/a;b=1/c")]
    {
        let (_, seen) = site.ask(&Request::new("GET", path));
        assert_eq!(seen[0].target, sent, "{path}");
    }
}

#[test]
fn a_label_that_is_none_and_a_value_that_is_too_long_are_the_callers() {
    let site = Site::new(DOCUMENT, &[]);
    let long = "x".repeat(64);
    for label in [
        "xn--a", "xn--", "xn--0", "xn--zzzz", "XN--A", "a.b", "-a", "a-", "a_b", "a/b", "a@b", "é", "%61", "a:1", " ",
        &long,
    ] {
        let (answer, seen) =
            site.ask(&Request::new("GET", &format!("/t?tenant={}", label.replace('%', "%25").replace(' ', "+"))));
        assert_eq!((answer.status(), seen.len()), (400, 0), "{label}: {}", answer.text());
        let (result, seen) = site.tool("t", json!({"tenant": label}));
        assert_eq!((&result["isError"], seen.len()), (&json!(true), 0), "{label}: {result}");
        assert!(!text(&result).contains("Other arguments will not help"), "{label}: {result}");
    }
    let (_, seen) = site.ask(&Request::new("GET", "/t?tenant=xn--mgbh0fb"));
    assert_eq!(seen.len(), 1, "a label of another script is one");
    for size in [66_000, 1_000_000, 3_000_000] {
        let (result, seen) = site.tool("get", json!({"id": "x".repeat(size)}));
        assert_eq!((&result["isError"], seen.len()), (&json!(true), 0), "{size}");
        assert!(text(&result).contains("send less") && !text(&result).contains("Other arguments"), "{}", text(&result));
    }
}
