//! Golden findings of the linter: what it says, where, and that a clean document hears nothing.

use std::path::Path;

use crate::{Compilation, Options, compile, diagnostic::Code, render, source::MemoryFiles};

const GOOD: &str = "
ikanos: 1.0.0-beta5
info: {display: Shop, description: Orders., tags: [shop]}
binds:
- {namespace: env, keys: {SHOP_TOKEN: SHOP_TOKEN}}
capability:
  consumes:
  - type: http
    namespace: shop
    description: The shop.
    baseUri: https://api.shop.test
    authentication: {type: bearer, token: '{{SHOP_TOKEN}}'}
    resources:
      orders:
        path: /orders
        operations:
          list: {method: GET}
          add: {method: POST, body: {type: json, data: {n: 1}}}
  aggregates:
  - namespace: flows
    description: Flows.
    flows:
      list:
        description: Lists.
        semantics: {safe: true, idempotent: true}
        call: shop.list
  exposes:
  - type: mcp
    namespace: tools
    description: The tools.
    port: 9090
    tools:
      list: {description: Lists orders., ref: flows.list}
  - type: rest
    namespace: api
    port: 8080
    resources:
      orders:
        path: /orders
        description: Orders.
        operations:
          list: {description: Lists orders., method: GET, ref: flows.list}
";

fn with(files: MemoryFiles, text: &str, options: &Options) -> Compilation {
    compile(&files.with("doc.yaml", text), Path::new("doc.yaml"), options)
}

fn said(compilation: &Compilation) -> Vec<String> {
    let line = |d| render::line(d, &compilation.sources).replace("doc.yaml:", "");
    compilation.diagnostics.iter().map(line).collect()
}

/// What is said of the good document when `from` is written as `to`.
fn changed(from: &str, to: &str) -> Vec<String> {
    assert!(GOOD.contains(from), "{from}");
    said(&with(MemoryFiles::new(), &GOOD.replacen(from, to, 1), &Options::default()))
}

#[test]
fn a_clean_document_hears_nothing() {
    let options = Options { pedantic: true, ..Options::default() };
    assert_eq!(said(&with(MemoryFiles::new(), GOOD, &options)), Vec::<String>::new());
}

#[test]
fn one_mistake_is_one_finding() {
    let cases = [
        // names
        (
            "namespace: tools",
            "namespace: shop",
            "29:16: warning[duplicate-name]: another consumed API has the namespace `shop`",
        ),
        ("    namespace: api\n", "", "34:5: warning[missing-key]: a REST exposure needs the key `namespace`"),
        // ports
        (
            "  - type: rest\n    namespace: api\n    port: 8080",
            "  - type: mcp\n    namespace: more\n    port: 9090\n    tools: {}\n  - type: rest\n    namespace: api\n    port: 8080",
            "36:11: error[port-conflict]: another MCP adapter has port 9090",
        ),
        (
            "port: 8080",
            "port: 9090\n    address: 0.0.0.0",
            "36:11: error[port-conflict]: `0.0.0.0` takes port 9090 on every address of this machine",
        ),
        // control
        (
            "  - type: rest",
            "  - {type: control, port: 9090}\n  - type: rest",
            "34:27: error[port-conflict]: the control adapter shares port 9090",
        ),
        (
            "  - type: rest",
            "  - {type: control, port: 9191}\n  - {type: control, port: 9192}\n  - type: rest",
            "35:6: error[duplicate-name]: a capability has one control adapter",
        ),
        (
            "  - type: rest",
            "  - {type: control, port: 9191, address: 0.0.0.0}\n  - type: rest",
            "34:42: error[open-control]: the control adapter listens on `0.0.0.0`, which other machines reach",
        ),
        // semantics
        (
            "call: shop.list",
            "call: shop.add",
            "25:27: warning[semantics-conflict]: `safe: true` is declared of a flow that calls POST\n25:45: warning[semantics-conflict]: `idempotent: true` is declared of a flow that calls POST",
        ),
        (
            "{safe: true, idempotent: true}",
            "{safe: false}",
            "25:27: warning[semantics-conflict]: `safe: false` is declared of a flow that only calls GET\n42:54: warning[semantics-conflict]: GET exposes a flow that declares `safe: false`",
        ),
        (
            "ref: flows.list}",
            "ref: flows.list, hints: {readOnly: false}}",
            "33:7: warning[semantics-conflict]: `readOnly: false` is not what its flow declares",
        ),
        (
            "method: GET, ref",
            "method: PUT, ref",
            "42:54: warning[semantics-conflict]: PUT exposes a flow that declares `safe: true`",
        ),
        // authentication
        (
            "    port: 9090",
            "    transport: stdio\n    authentication: {type: bearer, token: '{{SHOP_TOKEN}}'}",
            "32:21: warning[unused-authentication]: nobody is authenticated on standard input",
        ),
        (
            "    port: 8080",
            "    port: 8080\n    authentication: {type: oauth2, authorizationServerUri: 'http://id.test', resource: 'https://api.test', scopes: [a]}",
            "37:60: error[insecure-url]: the authorization server must be reached by https",
        ),
        (
            "    port: 8080",
            "    port: 8080\n    authentication: {type: oauth2, authorizationServerUri: 'https://id.test', resource: 'http://api.test', scopes: [a]}",
            "37:89: warning[insecure-url]: the resource must be reached by https",
        ),
        (
            "    port: 8080",
            "    port: 8080\n    authentication: {type: oauth2, authorizationServerUri: 'http://localhost:8000', resource: 'https://api.test'}",
            "37:21: warning[missing-key]: no `scopes`: every token the authorization server issues for this resource is let in",
        ),
        // Markdown
        (
            "description: The tools.",
            "description: The <SCRIPT>x</SCRIPT> tools.",
            "30:18: error[active-markdown]: `description` contains a script tag",
        ),
        // secrets
        ("'{{SHOP_TOKEN}}'", "abc123", "12:43: warning[literal-secret]: a secret is written into the document"),
        (
            "{SHOP_TOKEN: SHOP_TOKEN}",
            "{SHOP_TOKEN: 9f8e7d6c5b4a39281706f5e4d3c2b1a0}",
            "5:39: warning[literal-secret]: a secret is written into the document",
        ),
        (
            "list: {method: GET}",
            "list: {method: GET, inputParameters: {Authorization: {in: header, value: Bearer abc}}}",
            "17:84: warning[literal-secret]: a secret is written into the document",
        ),
        (
            "https://api.shop.test",
            "https://me:pw@api.shop.test",
            "11:14: warning[literal-secret]: a secret is written into the document",
        ),
        (
            "description: The shop.",
            "description: Log in with ghp_0123456789abcdefghijABCDEFGHIJ012345",
            "10:18: warning[literal-secret]: a secret is written into the document",
        ),
    ];
    let mut wrong = Vec::new();
    for (from, to, expected) in cases {
        let said = changed(from, to);
        if said.join("\n") != expected {
            wrong.push(format!("{to}\n  expected {expected}\n  {}", said.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_same_route_on_one_port_is_said_across_adapters() {
    let more = "  - type: rest\n    namespace: other\n    port: 8080\n    resources:\n      again:\n        path: /orders\n        operations:\n          again: {method: GET, call: shop.list}\n";
    let said = said(&with(MemoryFiles::new(), &format!("{GOOD}{more}"), &Options::default()));
    assert_eq!(said, ["50:11: warning[dup-route]: another adapter on port 8080 answers `GET /orders` too"]);
}

#[test]
fn style_is_judged_on_request() {
    let text = GOOD
        .replace(", tags: [shop]", "")
        .replace("    description: The shop.\n", "")
        .replace("https://api.shop.test", "https://api.example.com/v1/")
        .replace("path: /orders\n        description", "path: /orders/\n        description");
    assert_eq!(said(&with(MemoryFiles::new(), &text, &Options::default())), Vec::<String>::new());
    let options = Options { pedantic: true, ..Options::default() };
    assert_eq!(
        said(&with(MemoryFiles::new(), &text, &options)),
        [
            "3:8: note[missing-tags]: `info` has no `tags`",
            "8:5: note[missing-description]: consumed API `shop` has no `description`",
            "10:14: note[trailing-slash]: `https://api.example.com/v1/` ends with a slash",
            "10:14: note[placeholder-host]: `api.example.com` is a placeholder",
            "38:15: note[trailing-slash]: `/orders/` ends with a slash",
        ]
    );
}

#[test]
fn imports_say_what_and_from_where() {
    let shared = "ikanos: 1.0.0-beta5\nconsumes:\n- {type: http, namespace: up, baseUri: https://up.test, resources: {r: {path: /r, operations: {get: {method: GET}}}}}\n";
    let document = |imports: &str| {
        format!(
            "ikanos: 1.0.0-beta5\ninfo: {{display: A, description: d}}\ncapability:\n  consumes:\n{imports}  exposes:\n  - type: mcp\n    namespace: m\n    port: 9090\n    tools: {{get: {{description: d, call: up.get}}}}\n"
        )
    };
    let files = || {
        MemoryFiles::new()
            .with("up.yaml", shared)
            .with("empty.yaml", "# nothing\n")
            .with("back.yaml", "ikanos: 1.0.0-beta5\ncapability:\n  consumes:\n  - {from: doc.yaml, import: up}\n")
            .with("on.yaml", "ikanos: 1.0.0-beta5\ncapability:\n  consumes:\n  - {from: up.yaml, import: up}\n")
            .with("library.yaml", "ikanos: 1.0.0-beta5\nconsumes:\n- {from: up.yaml, import: up}\n")
    };
    let cases: &[(&str, &[&str])] = &[
        ("  - {from: up.yaml, import: up}\n", &[]),
        ("  - {from: up.yaml}\n", &["5:6: error[missing-key]: an import needs the key `import`"]),
        (
            "  - {import: up}\n  - {from: up.yaml, import: up}\n",
            &["5:6: error[missing-key]: an import needs the key `from`"],
        ),
        (
            "  - {from: gone.yaml, import: up}\n",
            &["5:12: error[unresolved-import]: imported file `gone.yaml` is not there"],
        ),
        ("  - {from: empty.yaml, import: up}\n", &["5:12: error[unresolved-import]: `empty.yaml` is empty"]),
        ("  - {from: on.yaml, import: up}\n", &["5:29: error[unresolved-import]: `on.yaml` imports `up` itself"]),
        (
            "  - {from: back.yaml, import: up}\n",
            &["5:12: error[import-cycle]: the import leads round in a circle: doc.yaml -> back.yaml -> doc.yaml"],
        ),
        (
            "  - {from: doc.yaml, import: up}\n",
            &["5:12: error[import-cycle]: the import leads round in a circle: doc.yaml -> doc.yaml"],
        ),
        (
            "  - {from: library.yaml, import: up}\n",
            &["5:34: error[unresolved-import]: `library.yaml` imports `up` itself"],
        ),
    ];
    for (imports, expected) in cases {
        let said = said(&with(files(), &document(imports), &Options::default()));
        assert_eq!(said, *expected, "{imports}");
    }
    let library = "ikanos: 1.0.0-beta5\nconsumes:\n- {from: up.yaml, import: up}\n";
    assert_eq!(
        said(&with(files(), library, &Options::default())),
        ["3:4: error[nested-import]: a document without `capability` cannot import"]
    );
    let twice = document("  - {from: up.yaml, import: up}\n  - {from: up.yaml, import: up}\n");
    let said = said(&with(files(), &twice, &Options::default()));
    assert!(
        said.iter().any(
            |line| line.starts_with("6:29: error[duplicate-name]: another import of `consumes` is called `up` too")
        ),
        "{said:#?}"
    );
}

#[test]
fn a_file_that_holds_nothing_is_called_empty() {
    for text in ["", "# only a comment\n", "---\n"] {
        let compilation = with(MemoryFiles::new(), text, &Options::default());
        let said = said(&compilation);
        assert!(said.len() == 1 && said[0].ends_with("note[not-a-capability]: this file is empty"), "{said:?}");
        assert_eq!(compilation.kind, crate::DocumentKind::NotACapability);
    }
}

#[test]
fn a_broken_openapi_document_is_no_capability_and_is_said_once() {
    let broken = "openapi: 3.0.3\npaths:\n  /r: [\n";
    let compilation = with(MemoryFiles::new(), broken, &Options::default());
    assert_eq!((said(&compilation).len(), compilation.kind), (1, crate::DocumentKind::NotACapability));
    let two = GOOD.replace("    description: The shop.\n", "    description: The shop.\n    openapi: api.yaml\n").replace(
        "  aggregates:",
        "  - {type: http, namespace: b, baseUri: 'https://b.test', openapi: ./api.yaml, resources: {r: {path: /r, operations: {get: {method: GET}}}}}\n  aggregates:",
    );
    let compilation = with(MemoryFiles::new().with("api.yaml", broken), &two, &Options::default());
    assert_eq!(said(&compilation), ["api.yaml:3:7: error[yaml-syntax]: a bracket is opened but never closed"]);
}

#[test]
fn no_secret_is_shown() {
    const SECRET: &str = "s3cr3t-päss-value-42";
    let pem = "-----BEGIN PRIVATE KEY-----\n        MIIEvQIBADANBg\n        -----END PRIVATE KEY-----";
    let documents = [
        GOOD.replace("'{{SHOP_TOKEN}}'", SECRET),
        GOOD.replace("'{{SHOP_TOKEN}}'", &format!("'{SECRET}")),
        GOOD.replace(
            "{type: bearer, token: '{{SHOP_TOKEN}}'}",
            &format!("{{type: apikey, key: X, value: {SECRET}, placement: {SECRET}}}"),
        ),
        GOOD.replace(
            "{type: bearer, token: '{{SHOP_TOKEN}}'}",
            &format!(
                "\n      type: oauth1\n      consumerKey: '{{{{SHOP_TOKEN}}}}'\n      signingKey: |\n        {pem}"
            ),
        ),
    ];
    for text in documents {
        let compilation = with(MemoryFiles::new(), &text, &Options::default());
        assert!(!compilation.diagnostics.is_empty());
        let mut shown = render::sarif(&compilation.diagnostics, &compilation.sources).to_string();
        shown += &serde_json::to_string(&render::json(&compilation.diagnostics, &compilation.sources)).unwrap();
        for diagnostic in &compilation.diagnostics {
            shown += &render::human(diagnostic, &compilation.sources, render::Style::Plain);
            shown += &render::line(diagnostic, &compilation.sources);
        }
        assert!(!shown.contains(SECRET) && !shown.contains("MIIEvQIBADANBg"), "{shown}");
        let columns = |text: &str| text.lines().map(|line| line.chars().count()).collect::<Vec<_>>();
        let masked = compilation.sources.iter().next().unwrap().1.text.clone();
        assert_eq!((columns(&masked), masked.len()), (columns(&text), text.len()));
    }
}

#[test]
fn a_declared_dummy_is_no_secret() {
    let text = "naftiko: 1.0.0-alpha2
info: {label: S, description: d}
sandbox: {for: ['https://api.shop.test'], values: {SHOP_TOKEN: dummy-token-1234567890ab}}
capability:
  exposes:
  - type: rest
    namespace: s
    authentication: {type: bearer, token: dummy-token-1234567890ab}
    resources:
    - path: /
      operations: [{name: a, method: GET, mock: [{text: a}]}]
";
    let secret = |text: &str| {
        with(MemoryFiles::new(), text, &Options::default()).diagnostics.iter().any(|d| d.code == Code::LiteralSecret)
    };
    assert!(!secret(text));
    assert!(secret(&text.replace("token: dummy", "token: other")));
}

#[test]
fn listed_names_are_told_apart() {
    let text = "naftiko: 1.0.0-alpha2
info: {label: S, description: d}
capability:
  exposes:
  - type: mcp
    namespace: m
    port: 9090
    prompts:
    - {name: greet, description: d, template: [{role: user, content: Hello}]}
    - {name: greet, description: d, template: [{role: user, content: Hi}]}
";
    let said = said(&with(MemoryFiles::new(), text, &Options::default()));
    assert_eq!(said, ["10:14: error[duplicate-name]: another prompt is called `greet` already"]);
}
