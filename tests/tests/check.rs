//! `capstan check` and the start of `serve` as people run them: what is said of whole folders, and what is never shown.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use capstan_tests::{
    capstan::{Capstan, Run},
    client::Request,
    folder,
};
use tempfile::TempDir;

/// A capability with one REST and one MCP adapter; `more` stands in both.
fn document(path: &str, more: &str) -> String {
    format!(
        "naftiko: 1.0.0-alpha2
info: {{label: Shop, description: Orders.}}
binds:
- {{namespace: env, keys: {{SHOP_TOKEN: SHOP_TOKEN}}}}
capability:
  consumes:
  - type: http
    namespace: shop
    baseUri: https://api.shop.test
    authentication: {{type: bearer, token: '{{{{SHOP_TOKEN}}}}'}}
    resources: [{{name: orders, path: /orders, operations: [{{name: list, method: GET}}]}}]
  exposes:
  - type: rest
    namespace: api
    port: 8080{more}
    resources: [{{path: {path}, operations: [{{name: list, method: GET, call: shop.list}}]}}]
  - type: mcp
    namespace: tools
    port: 9090
    tools: [{{name: list, description: Lists orders., call: shop.list}}]
"
    )
}

/// Exit code, standard output and standard error of `check`.
fn check(folder: &TempDir, args: &[&str]) -> (i32, String, String) {
    Run::new(args).told("check", folder.path())
}

#[test]
fn nothing_to_check_is_a_finding() {
    let none = folder(&[("readme.txt", "hello"), ("empty.yaml", ""), ("other.yaml", "kind: Deployment\n")]);
    for args in [&["."][..], &["--format", "json", "."]] {
        let (code, _, error) = check(&none, args);
        assert_eq!((code, error.as_str()), (1, "error: nothing to check: there is no capability file in .\n"));
    }
    let (code, said, error) = check(&none, &["--format", "line", "empty.yaml"]);
    assert_eq!((code, said.as_str()), (1, "empty.yaml:1:1: note[not-a-capability]: this file is empty\n"), "{error}");
}

#[test]
fn a_bundle_is_checked_as_a_whole() {
    let bundle = folder(&[("a.yaml", &document("/orders", "")), ("b.yaml", &document("/orders", ""))]);
    let (code, said, _) = check(&bundle, &["--format", "line", "."]);
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(
        lines,
        [
            "./b.yaml:16:53: warning[route-conflict]: ./a.yaml:16 answers `GET /orders` on port 8080 already",
            "./b.yaml:19:11: warning[port-conflict]: the mcp adapter at ./a.yaml:19 has port 9090 already",
        ]
    );
    assert_eq!(code, 0);
    assert_eq!(check(&bundle, &["--strict", "--format", "line", "."]).0, 1);
    // Alone, each of them is fine.
    assert_eq!(check(&bundle, &["--format", "line", "a.yaml"]).1, "");
}

/// Behind a gateway every adapter has a path of its own: no port is missing, and none is taken.
#[test]
fn a_gateway_needs_no_ports() {
    let unaddressed = document("/orders", "").replace("    port: 8080\n", "");
    let bundle = folder(&[("a.yaml", &document("/orders", "")), ("b.yaml", &unaddressed)]);
    let (code, said, _) = check(&bundle, &["--format", "line", "."]);
    assert_eq!((code, said.matches("error[missing-key]").count()), (1, 1), "{said}");
    assert!(said.contains("warning[port-conflict]"), "{said}");
    assert_eq!(check(&bundle, &["--gateway", "--format", "line", "."]), (0, String::new(), String::new()));
}

#[test]
fn a_broken_openapi_document_is_said_once_and_is_no_capability() {
    let with = document("/orders", "").replace("    baseUri", "    openapi: api.yaml\n    baseUri");
    let bundle = folder(&[("a.yaml", &with), ("api.yaml", "openapi: 3.0.3\npaths:\n  /orders: [\n")]);
    let (code, said, _) = check(&bundle, &["."]);
    assert_eq!((code, said.matches("error[yaml-syntax]").count()), (1, 1), "{said}");
    assert!(said.contains("--> ./api.yaml:3:12") || said.contains("--> api.yaml:3:12"), "{said}");
    assert!(said.contains("\n1 document: 1 error, 0 warnings\n"), "{said}");
}

#[test]
fn style_is_noted_on_request_and_fails_nothing() {
    let bundle = folder(&[("a.yaml", &document("/orders/", ""))]);
    assert_eq!(check(&bundle, &["--format", "line", "a.yaml"]), (0, String::new(), String::new()));
    assert_eq!(check(&bundle, &["--pedantic", "--strict", "--format", "line", "a.yaml"]).0, 0);
    let (code, said, _) = check(&bundle, &["--pedantic", "--format", "line", "a.yaml"]);
    assert_eq!(code, 0);
    assert!(said.contains("a.yaml:16:24: note[trailing-slash]: `/orders/` ends with a slash\n"), "{said}");
    assert!(said.contains("note[missing-tags]") && said.contains("note[missing-description]"), "{said}");
}

const SECRET: &str = "pa55-w0rd-of-the-shop";

fn serve(folder: &TempDir, args: &[&str]) -> Capstan {
    Run::new(args).serve(folder.path()).unwrap_or_else(|ended| panic!("it ended: {ended:?}"))
}

#[test]
fn no_excerpt_shows_a_secret() {
    // An error on the line of the secret, and a text that cannot be parsed around it.
    let on_its_line =
        document("/orders", "").replace("token: '{{SHOP_TOKEN}}'}", &format!("token: {SECRET}, tokn: [a]}}"));
    let broken = document("/orders", "").replace("token: '{{SHOP_TOKEN}}'}", &format!("token: \"{SECRET}}}"));
    let wrong = on_its_line.replace("method: GET, call: shop.list", &format!("method: GET, call: {SECRET}"));
    let bundle = folder(&[("a.yaml", &on_its_line), ("b.yaml", &broken), ("c.yaml", &wrong)]);
    for format in ["human", "line", "json", "sarif"] {
        let (_, said, error) = check(&bundle, &["--format", format, "."]);
        assert!(said.contains("literal-secret") && said.contains("yaml-syntax"), "{said}");
        assert!(!said.contains(SECRET) && !error.contains(SECRET), "{format}: {said}");
    }
    let args = [".", "--gateway", "127.0.0.1:0", "--control", "127.0.0.1:0"];
    let served = serve(&bundle, &args);
    let control = served.address("control", None).unwrap();
    let status = Request::new("GET", "/status").send(control).unwrap().text();
    assert!(status.contains("yaml-syntax"), "{status}");
    let log = served.log();
    assert!(!status.contains(SECRET) && !log.contains(SECRET), "{status}\n{log}");
}

#[test]
fn an_open_listener_names_what_asks_for_nothing() {
    let guard = "\n    authentication: {type: bearer, token: '{{SHOP_TOKEN}}'}";
    let bundle = folder(&[("a.yaml", &document("/orders", guard))]);
    let all = ["a.yaml", "--listen", "8080=0.0.0.0:0", "--listen", "9090=0.0.0.0:0"];
    let said = Run::new(&all).env("SHOP_TOKEN", SECRET).said_at_start(bundle.path());
    let warnings: Vec<_> = said.lines().filter(|line| line.starts_with("warning: 0.0.0.0:")).collect();
    assert_eq!(warnings.len(), 1, "{said}");
    assert!(
        warnings[0].ends_with("is reachable from other machines, without authentication: `tools` of `a`"),
        "{said}"
    );
}

#[test]
fn a_prompt_in_a_file_is_held_against_its_arguments() {
    let prompts = "    prompts:
    - {name: greet, description: Greets., arguments: [{name: guest}, {name: mood}], location: ./greet.md}
";
    let document = document("/orders", "") + prompts;
    let folder =
        folder(&[("shop.yaml", &document), ("greet.md", "Greet {{guest}}.\n\nOr {{gueest}}, in {{weather}}.\n")]);
    let (code, out, _) = check(&folder, &["--format", "line", "shop.yaml"]);
    let expected = [
        "shop.yaml:22:14: error[unknown-name]: line 3 of `greet.md`: prompt `greet` has no argument `gueest`",
        "shop.yaml:22:14: warning[unknown-name]: line 3 of `greet.md`: prompt `greet` has no argument `weather`: it stays as it is written",
        "shop.yaml:22:14: note[unused-argument]: `greet.md` does not use the argument `mood` of prompt `greet`",
    ];
    let found: Vec<&str> = out.lines().filter(|line| line.contains("`greet`")).collect();
    assert_eq!((code, found), (1, expected.to_vec()), "{out}");
}
