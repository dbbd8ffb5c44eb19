//! The two roads of a tool call: a plain `tools/call` of the stateless generation is answered directly, everything else goes through
//! the protocol library. Callers cannot tell: the same call with a member that means nothing takes the other road, and is answered
//! with the same bytes after the same requests upstream.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::{fs, net::SocketAddr};

use capstan_tests::{
    capstan::{Capstan, Run},
    client::Request,
    mcp::MODERN,
    upstream::{Manner, Reply, Seen, Upstream},
    wire::Message,
};
use serde_json::{Value, json};

const DOCUMENT: &str = r#"naftiko: '1.0.0-alpha2'
info: {label: Roads, description: Tools of every kind.}
capability:
  consumes:
    - type: http
      namespace: shop
      baseUri: UPSTREAM
      resources:
        - name: orders
          path: /orders
          operations:
            - {name: list, method: GET, outputParameters: [{name: orders, type: array, value: '$.orders'}]}
            - name: create
              method: POST
              inputParameters:
                - {name: note, in: body, type: string, required: true}
                - {name: many, in: query, type: integer}
        - name: raw
          path: /raw
          operations:
            - {name: get, method: GET}
  exposes:
    - type: mcp
      namespace: tools
      address: localhost
      port: 9412
      tools:
        - {name: list_orders, description: Lists orders., call: shop.list}
        - {name: create_order, description: Creates an order., call: shop.create}
        - {name: raw, description: Gives nothing., call: shop.gone}
        - {name: get_raw, description: Gives what there is., call: shop.get}
        - name: mapped
          description: Maps orders.
          call: shop.list
          outputParameters: [{name: first, type: string, mapping: '$.orders[0]'}]
        - name: say_hello
          description: Greets.
          inputSchema: {type: object, properties: {name: {type: string}}, additionalProperties: false}
          mock: [{text: hello}]
        - name: repeated
          description: Has an argument that a header repeats.
          inputSchema: {type: object, properties: {region: {type: string, x-mcp-header: Region}}}
          mock: [{text: here}]
"#;

struct Site {
    capstan: Capstan,
    upstream: Upstream,
    _folder: tempfile::TempDir,
}

impl Site {
    fn start() -> Self {
        let upstream = Upstream::start();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("roads.yaml"), DOCUMENT.replace("UPSTREAM", &upstream.url())).unwrap();
        let run = Run::new(&["roads.yaml", "--listen", "9412=127.0.0.1:0"]);
        let capstan = run.serve(folder.path()).unwrap_or_else(|ended| panic!("{}", ended.log));
        Self { capstan, upstream, _folder: folder }
    }

    fn mcp(&self) -> SocketAddr {
        self.capstan.address("mcp", Some(9412)).unwrap()
    }

    /// The answer to a message, and the requests it made.
    fn send(&self, message: &str, headers: &[(&str, &str)]) -> (Message, Vec<Seen>) {
        let mut request = Request::new("POST", "/mcp");
        for (name, value) in headers {
            request = request.with(name, value);
        }
        request.body = message.into();
        let answer = request.send(self.mcp()).unwrap();
        (answer, self.upstream.take())
    }

    /// Both roads give the same answer, which is returned.
    fn same(&self, message: &Value, headers: &[(&str, &str)]) -> String {
        let plain = self.send(&message.to_string(), headers);
        let mut other = message.clone();
        other["params"]["means-nothing"] = true.into();
        let other = self.send(&other.to_string(), headers);
        assert_eq!(visible(&plain), visible(&other), "{message} {headers:?}");
        plain.0.text()
    }
}

/// What the caller sees, but for what no two answers share, and what the upstream sees.
fn visible((answer, seen): &(Message, Vec<Seen>)) -> (u16, Vec<(String, String)>, String, Vec<String>) {
    let own = |name: &str| ["date", "x-request-id"].iter().any(|own| name.eq_ignore_ascii_case(own));
    let headers = answer.headers.iter().filter(|(name, _)| !own(name)).cloned().collect();
    let seen = seen.iter().map(|seen| {
        let named = |(name, value): &(String, String)| {
            (!["x-request-id", "traceparent"].contains(&&*name.to_lowercase())).then(|| format!("{name}: {value}"))
        };
        let headers: Vec<_> = seen.headers.iter().filter_map(named).collect();
        format!("{} {} {headers:?} {}", seen.method, seen.target, String::from_utf8_lossy(&seen.body))
    });
    (answer.status(), headers, answer.text(), seen.collect())
}

fn call(id: Value, name: &str, arguments: Option<Value>) -> Value {
    let mut params = json!({"name": name, "_meta": {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": {"name": "roads", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }});
    if let Some(arguments) = arguments {
        params["arguments"] = arguments;
    }
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params})
}

const KIND: (&str, &str) = ("Content-Type", "application/json");
const ACCEPT: (&str, &str) = ("Accept", "application/json, text/event-stream");
const VERSION: (&str, &str) = ("MCP-Protocol-Version", MODERN);
const METHOD: (&str, &str) = ("Mcp-Method", "tools/call");

fn headers(name: &str) -> [(&str, &str); 5] {
    [KIND, ACCEPT, VERSION, METHOD, ("Mcp-Name", name)]
}

#[test]
fn results_are_the_same_whatever_the_upstream_answers() {
    let site = Site::start();
    let kind = |kind: &str, status, body: &[u8]| Reply {
        status,
        headers: vec![("Content-Type".into(), kind.into())],
        body: body.into(),
        manner: Manner::Whole,
    };
    let replies = [
        Reply::json(200, r#"{"orders": ["a", "b"], "secret": null}"#),
        Reply::json(200, r#"{"orders": [], "pi": 3.140, "big": 12345678901234567890, "é": "\u00e9\n"}"#),
        Reply::json(201, r#""a text""#),
        Reply::json(200, "[1,2]").sent(Manner::Chunked),
        Reply::json(404, r#"{"error": "there is none"}"#),
        Reply::json(429, "{}"),
        Reply::json(500, "{"),
        Reply::json(200, "{"),
        Reply::json(204, ""),
        Reply::json(200, r#"{"orders": 7}"#),
        Reply::json(200, &format!(r#"{{"orders": ["{}"]}}"#, "x".repeat(200_000))),
        Reply::json(200, r#"{"orders": ["a"]}"#).sent(Manner::Cut),
        Reply::json(200, "").sent(Manner::Close),
        kind("text/plain", 200, b"a text"),
        kind("image/png", 200, b"\x89PNG\r\n\x1a\n....."),
        kind("application/xml", 200, b"<a>1</a>"),
        Reply { status: 302, headers: vec![("Location".into(), "/elsewhere".into())], ..kind("text/plain", 302, b"") },
    ];
    for reply in replies {
        for target in ["/orders", "/raw"] {
            site.upstream.answer_at("GET", target, reply.clone());
        }
        for tool in ["list_orders", "get_raw", "mapped"] {
            let answer = site.same(&call(7.into(), tool, None), &headers(tool));
            assert!(answer.starts_with(r#"{"jsonrpc":"2.0","id":7,"result":{"#), "{tool} {reply:?} {answer}");
        }
    }
}

#[test]
fn arguments_are_judged_the_same() {
    let site = Site::start();
    let given = [
        None,
        Some(json!(null)),
        Some(json!({})),
        Some(json!({"note": "small", "many": 3})),
        Some(json!({"note": "sm\u{e4}ll \u{1F600} & <b>", "many": "3"})),
        Some(json!({"note": 3, "many": "three"})),
        Some(json!({"not": "small"})),
        Some(json!({"note": "small", "surplus": {"a": [1, 2.5, -0.0, 1e300]}})),
        Some(json!({"note": null})),
        Some(json!([1])),
        Some(json!("text")),
    ];
    for id in [json!(1), json!("one"), json!(-3), json!(9_007_199_254_740_993_u64)] {
        for arguments in &given {
            for tool in ["create_order", "list_orders", "say_hello", "raw", "nothing"] {
                site.same(&call(id.clone(), tool, arguments.clone()), &headers(tool));
            }
        }
    }
    let created = site.same(&call(1.into(), "create_order", given[3].clone()), &headers("create_order"));
    assert!(created.contains(r#""structuredContent":{"ok":true}"#), "{created}");
}

#[test]
fn what_is_wrong_about_a_message_stays_wrong() {
    let site = Site::start();
    let name = ("Mcp-Name", "say_hello");
    let of: [&[(&str, &str)]; 16] = [
        &[KIND, ACCEPT, VERSION, METHOD],
        &[KIND, ACCEPT, VERSION, name],
        &[KIND, ACCEPT, METHOD, name],
        &[KIND, VERSION, METHOD, name],
        &[ACCEPT, VERSION, METHOD, name],
        &[KIND, ACCEPT, VERSION, METHOD, ("Mcp-Name", "another")],
        &[KIND, ACCEPT, VERSION, METHOD, ("Mcp-Name", "=?base64?c2F5X2hlbGxv?=")],
        &[KIND, ACCEPT, VERSION, METHOD, name, name],
        &[KIND, ACCEPT, VERSION, METHOD, METHOD, name],
        &[KIND, ACCEPT, VERSION, VERSION, METHOD, name],
        &[KIND, ACCEPT, ("MCP-Protocol-Version", "2025-11-25"), METHOD, name],
        &[KIND, ACCEPT, ("MCP-Protocol-Version", "2099-01-01"), METHOD, name],
        &[KIND, ACCEPT, VERSION, ("Mcp-Method", "tools/list"), name],
        &[("Content-Type", "application/json; charset=utf-8"), ACCEPT, VERSION, METHOD, name],
        &[KIND, ("Accept", "application/json"), VERSION, METHOD, name],
        &[KIND, ACCEPT, VERSION, METHOD, name, ("Mcp-Session-Id", "none")],
    ];
    let message = call(1.into(), "say_hello", Some(json!({"name": "a"})));
    for headers in of {
        site.same(&message, headers);
    }
    let meta = |key: &str, value: Value| {
        let mut message = message.clone();
        message["params"]["_meta"][key] = value;
        message
    };
    for changed in [
        meta("progressToken", json!("p")),
        meta("progressToken", json!({})),
        meta("io.modelcontextprotocol/protocolVersion", json!("2025-11-25")),
        meta("io.modelcontextprotocol/protocolVersion", json!(3)),
        meta("io.modelcontextprotocol/clientCapabilities", json!(null)),
        meta(
            "io.modelcontextprotocol/clientCapabilities",
            json!({"extensions": {"io.modelcontextprotocol/tasks": {}}}),
        ),
        meta("io.modelcontextprotocol/clientInfo", json!([])),
        meta("io.modelcontextprotocol/logLevel", json!("debug")),
        meta("traceparent", json!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")),
    ] {
        site.same(&changed, &headers("say_hello"));
    }
    let repeated = call(1.into(), "repeated", Some(json!({"region": "north"})));
    let refused = site.same(&repeated, &headers("repeated"));
    assert!(refused.contains("Mcp-Param-Region"), "{refused}");
    let [a, b, c, d, e] = headers("repeated");
    let taken = site.same(&repeated, &[a, b, c, d, e, ("Mcp-Param-Region", "north")]);
    assert!(taken.contains("here"), "{taken}");
}
