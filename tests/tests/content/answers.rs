//! A step or a tool succeeds only on an answer it can read: anything else is a fault that names the step, over REST 502, over MCP an
//! error. What a caller asked for and gets passed on, as an answer to a conditional request, stays.

use capstan_tests::{
    client::Request,
    upstream::{Manner, Reply},
};
use serde_json::{Value, json};

use super::site::{Site, text};

const DOCUMENT: &str = "
naftiko: 1.0.0-alpha2
info: {label: Shop, description: Shops.}
capability:
  consumes:
  - type: http
    namespace: shop
    baseUri: https://shop.example
    resources:
    - name: price
      path: /price
      operations:
      - {name: price, method: GET}
      - {name: quote, method: POST}
    - name: order
      path: /order
      operations:
      - name: order
        method: POST
        inputParameters: [{name: total, in: body}]
  exposes:
  - type: rest
    namespace: rest
    port: 8080
    resources:
    - path: /price
      operations:
      - {method: GET, name: price, call: shop.price}
      - {method: POST, name: quote, call: shop.quote}
    - path: /mapped
      operations:
      - method: GET
        name: mapped
        call: shop.price
        outputParameters: [{type: string, mapping: $.total}]
    - path: /any/{rest}
      forward: {targetNamespace: shop}
    - path: /buy
      operations:
      - method: POST
        name: buy
        steps: &steps
        - {type: call, name: ask, call: shop.price}
        - {type: call, name: place, call: shop.order, with: {total: '{{ask.total}}'}}
    - path: /summary
      operations:
      - method: GET
        name: summary
        steps: [{type: call, name: ask, call: shop.price}]
        mappings: [{targetName: total, value: $.ask.total}]
  - type: mcp
    namespace: mcp
    port: 9090
    tools:
    - {name: price, description: Prices., call: shop.price}
    - {name: quote, description: Quotes., call: shop.quote}
    - name: buy
      description: Buys.
      steps: *steps
    resources:
    - {name: price, label: Price, uri: 'shop://price', description: d, call: shop.price}
";

fn reply(status: u16, kind: Option<&str>, body: &[u8]) -> Reply {
    let headers = kind.map(|kind| ("Content-Type".to_owned(), kind.to_owned())).into_iter().collect();
    Reply { status, headers, body: body.to_vec(), manner: Manner::Whole }
}

fn with(mut reply: Reply, name: &str, value: &str) -> Reply {
    reply.headers.push((name.to_owned(), value.to_owned()));
    reply
}

/// Answers nobody can build on, in words.
fn unusable() -> Vec<(&'static str, Reply)> {
    let json = Some("application/json");
    let good = br#"{"total": 5}"#;
    let chunked = b"c\r\n{\"total\": 5}\r\n0\r\n\r\n";
    let mut cases = vec![
        ("101", with(with(reply(101, None, b""), "Connection", "upgrade"), "Upgrade", "websocket")),
        ("999", reply(999, json, good)),
        ("600", reply(600, json, good)),
        ("302 elsewhere", with(reply(302, json, good), "Location", "https://evil.example/")),
        ("302 without location", reply(302, json, good)),
        ("307 elsewhere", with(reply(307, json, good), "Location", "//evil.example/")),
        ("300", reply(300, json, good)),
        ("304", reply(304, json, b"")),
        ("cut", reply(200, json, b"{\"total\": 5").sent(Manner::Cut)),
        ("closed", reply(200, json, good).sent(Manner::Close)),
        (
            "length and chunks",
            with(with(reply(200, json, chunked), "Transfer-Encoding", "chunked"), "Content-Length", "3"),
        ),
        ("two lengths", with(with(reply(200, json, good), "Content-Length", "3"), "Content-Length", "12")),
        ("unknown encoding", with(reply(200, json, good), "Content-Encoding", "secret")),
        ("no gzip", with(reply(200, json, good), "Content-Encoding", "gzip")),
        ("no br", with(reply(200, json, b"\xff\xff\xff\xff"), "Content-Encoding", "br")),
        ("broken chunks", with(reply(200, json, b"zz\r\n{}\r\n0\r\n\r\n"), "Transfer-Encoding", "chunked")),
        ("chunks that stop", with(reply(200, json, b"c\r\n{\"tot"), "Transfer-Encoding", "chunked").sent(Manner::Cut)),
    ];
    for body in [
        "{\"total\": 5",
        "{\"total\": 5} x",
        "<html>Sign in</html>",
        "{'total': 5}",
        "total: 5",
        "{\"total\": 1e999}",
        "[1,]",
        "\u{feff}{",
        "NaN",
    ] {
        cases.push(("invalid JSON", reply(200, json, body.as_bytes())));
        cases.push(("invalid JSON of a vendor", reply(200, Some("application/vnd.shop+json; v=1"), body.as_bytes())));
    }
    cases.push(("bytes that are no text", reply(200, json, b"{\"total\": \"\xff\"}")));
    cases.push(("another charset than it says", reply(200, Some("application/json; charset=utf-16"), good)));
    cases
}

/// Each case on a connection of its own: a hostile answer may poison the next one on its.
fn each(mut check: impl FnMut(&Site, &str)) -> usize {
    let site = Site::new(DOCUMENT, &[]);
    let cases = unusable();
    let total = cases.len();
    for (what, reply) in cases {
        let shown = format!("{what} {:?}", String::from_utf8_lossy(&reply.body));
        for method in ["GET", "POST"] {
            let closing = with(reply.clone(), "Connection", "close");
            let reply = if reply.status == 101 { reply.clone() } else { closing };
            site.upstream.answer_at(method, "/price", reply);
        }
        check(&site, &shown);
        let _ = site.upstream.take();
    }
    total
}

#[test]
fn a_step_does_not_go_on_with_an_answer_nobody_can_read() {
    let total = each(|site, what| {
        let (answer, seen) = site.ask(&Request::new("POST", "/buy").json("{}"));
        assert_eq!(answer.status(), 502, "{what}: {}", answer.text());
        let problem: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(problem["step"], "ask", "{what}: {problem}");
        assert!(seen.iter().all(|seen| seen.target != "/order"), "{what}: the next step was sent");
        let (answer, _) = site.ask(&Request::new("GET", "/summary"));
        assert_eq!(answer.status(), 502, "{what}: {}", answer.text());
    });
    assert!(total > 30);
}

#[test]
fn a_tool_does_not_call_it_success() {
    each(|site, what| {
        for tool in ["price", "quote", "buy"] {
            let (result, seen) = site.tool(tool, json!({}));
            assert_eq!(result["isError"], true, "{what} {tool}: {result}");
            assert!(text(&result).len() > 20, "{what} {tool}: a model is told what happened: {result}");
            assert!(seen.iter().all(|seen| seen.target != "/order"), "{what}: the next step was sent");
        }
    });
}

#[test]
fn a_mapped_answer_that_cannot_be_read_is_a_fault() {
    each(|site, what| {
        let (answer, _) = site.ask(&Request::new("GET", "/mapped"));
        // A redirect is the caller's to follow.
        let expected = if what.starts_with('3') { what[..3].parse().unwrap() } else { 502 };
        // What a mapping does not read is not looked at, and text after the value is.
        assert_eq!(answer.status(), expected, "{what}: {}", answer.text());
    });
}

/// JSON in the charset it says it is in is the same for a step, a mapping and a model.
#[test]
fn json_in_another_charset_is_read_as_it_says() {
    let site = Site::new(DOCUMENT, &[]);
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let total = "{\"total\": 5, \"name\": \"\u{e9}\"}".to_owned();
    for (kind, body) in [
        ("application/json; charset=utf-16", wide(&total)),
        ("application/json; charset=\"UTF-16LE\"", wide(&total)),
        ("application/json; charset=utf-16", [&[0xFF, 0xFE][..], &wide(&total)].concat()),
        ("application/json; charset=iso-8859-1", total.chars().map(|c| c as u8).collect()),
        ("application/json; charset=utf-8", total.clone().into_bytes()),
    ] {
        for method in ["GET", "POST"] {
            site.upstream.answer_at(method, "/price", reply(200, Some(kind), &body));
        }
        let (result, _) = site.tool("price", json!({}));
        assert_eq!(text(&result), total, "{kind}: {result}");
        let (_, seen) = site.ask(&Request::new("POST", "/buy").json("{}"));
        let order = seen.iter().find(|seen| seen.target == "/order").expect("the next step is sent");
        assert!(String::from_utf8_lossy(&order.body).contains('5'), "{kind}");
    }
}

/// A step that was answered without a body has no value: a request is not made of it, an answer does without it.
#[test]
fn no_request_is_made_of_an_answer_without_a_body() {
    let site = Site::new(DOCUMENT, &[]);
    for (status, kind) in
        [(204, None), (200, None), (200, Some("application/json")), (205, None), (202, Some("text/plain"))]
    {
        for method in ["GET", "POST"] {
            site.upstream.answer_at(method, "/price", reply(status, kind, b""));
        }
        let (answer, seen) = site.ask(&Request::new("POST", "/buy").json("{}"));
        let problem: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status(), &problem["step"]), (502, &json!("ask")), "{status} {kind:?}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains("without a body"), "{problem}");
        assert!(seen.iter().all(|seen| seen.target != "/order"), "{status}: the next step was sent");
        let (result, _) = site.tool("buy", json!({}));
        assert_eq!(result["isError"], true, "{status}: {result}");
        let (answer, _) = site.ask(&Request::new("GET", "/summary"));
        assert_eq!((answer.status(), answer.text()), (status, String::new()), "the mapping does without it");
    }
}

#[test]
fn what_is_passed_on_is_passed_on_or_refused_whole() {
    each(|site, what| {
        for path in ["/price", "/any/price"] {
            match Request::new("GET", path).send(site.rest()) {
                // The connection is aborted where the head was out before the body broke.
                Err(_) => assert!(what.starts_with("cut") || what.contains("chunk"), "{what} {path}"),
                Ok(answer) if !answer.complete => {
                    assert!(what.starts_with("cut") || what.contains("chunk"), "{what} {path}")
                }
                Ok(answer) => {
                    let refused = ["101", "999", "600", "closed", "length and", "two lengths"]
                        .iter()
                        .any(|w| what.starts_with(w));
                    assert_eq!(answer.status() == 502, refused, "{what} {path}: {} {}", answer.start, answer.text());
                }
            }
        }
    });
}

#[test]
fn a_resource_is_read_or_not() {
    let site = Site::new(DOCUMENT, &[]);
    for (status, body) in [(302, "{}"), (304, ""), (101, ""), (999, "{}"), (300, "{}"), (404, "{}"), (503, "{}")] {
        site.upstream.answer_at("GET", "/price", reply(status, Some("application/json"), body.as_bytes()));
        let client = capstan_tests::mcp::Client::modern(site.mcp(), "/mcp");
        let answer = client.call("resources/read", json!({"uri": "shop://price"})).unwrap();
        assert!(answer.message["error"]["message"].is_string(), "{status}: {}", answer.message);
    }
}

#[test]
fn what_a_caller_asked_for_stays() {
    let site = Site::new(DOCUMENT, &[]);
    for (status, headers) in [
        (204, vec![]),
        (304, vec![("ETag", "\"x\"")]),
        (302, vec![("Location", "https://else.example/x")]),
        (206, vec![]),
    ] {
        let mut answer = reply(status, None, if status == 206 { b"part" } else { b"" });
        answer.headers.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        site.upstream.answer_at("GET", "/price", answer);
        for path in ["/price", "/any/price"] {
            let (answer, _) = site.ask(&Request::new("GET", path).with("If-None-Match", "\"x\""));
            assert_eq!(answer.status(), status, "{path}");
            for (name, value) in &headers {
                assert_eq!(answer.header(name), Some(*value), "{path}");
            }
        }
    }
    site.upstream.answer_at("GET", "/price", reply(200, Some("text/plain"), b"fine"));
    let (result, _) = site.tool("price", json!({}));
    assert_eq!((&result["isError"], text(&result)), (&json!(false), "fine"), "text that does not claim to be JSON");
    site.upstream.answer_at("GET", "/price", reply(204, None, b""));
    let (result, _) = site.tool("price", json!({}));
    assert_eq!(result["isError"], false, "{result}");
}
