//! A body is read or refused: what cannot be read never counts as a request without fields, and nothing is sent.

use std::io::Write as _;

use capstan_tests::{client::Request, wire::Message};
use serde_json::{Value, json};

use super::site::Site;

const DOCUMENT: &str = "
naftiko: 1.0.0-alpha2
info: {label: Pay, description: Pays.}
binds:
- namespace: env
  keys: {PAY_KEY: PAY_KEY}
capability:
  consumes:
  - type: http
    namespace: pay
    baseUri: https://pay.example
    resources:
    - name: payments
      path: /payments
      operations:
      - name: pay
        method: POST
        inputParameters:
        - {name: amount, in: body}
        - {name: note, in: body}
    - name: whole
      path: /whole
      operations:
      - {name: whole, method: POST}
    - name: any
      path: /any
      operations:
      - {name: any, method: GET}
  - type: http
    namespace: keyed
    baseUri: https://keyed.example
    authentication: {type: apikey, in: body, key: api_key, value: '{{PAY_KEY}}'}
    resources:
    - name: keyed
      path: /keyed
      operations:
      - {name: keyed, method: POST}
  exposes:
  - type: rest
    namespace: rest
    port: 8080
    resources:
    - path: /payments
      operations: [{method: POST, name: pay, call: pay.pay}]
    - path: /whole
      operations: [{method: POST, name: whole, call: pay.whole}]
    - path: /keyed
      operations: [{method: POST, name: keyed, call: keyed.keyed}]
    - path: /any/{rest}
      forward: {targetNamespace: pay}
  - type: mcp
    namespace: mcp
    port: 9090
    tools:
    - {name: pay, description: Pays., call: pay.pay}
";

fn site() -> Site {
    Site::new(DOCUMENT, &[("PAY_KEY", "key-0123456789")])
}

fn post(path: &str, kind: Option<&str>, body: &[u8]) -> Request {
    let request = Request { body: body.to_vec(), ..Request::new("POST", path) };
    kind.map_or(request.clone(), |kind| request.with("Content-Type", kind))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    // A stored block: what a decoder reads as well as a packed one.
    let mut crc = !0_u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let mut out = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    let length = u16::try_from(bytes.len()).unwrap();
    out.write_all(&length.to_le_bytes()).unwrap();
    out.write_all(&(!length).to_le_bytes()).unwrap();
    out.write_all(bytes).unwrap();
    out.write_all(&(!crc).to_le_bytes()).unwrap();
    out.write_all(&u32::from(length).to_le_bytes()).unwrap();
    out
}

fn problem(answer: &Message) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{} is no problem: {}", answer.start, answer.text()))
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Bodies that have no fields, with the status they are refused with.
fn unreadable() -> Vec<(Option<&'static str>, Vec<u8>, u16)> {
    let json = Some("application/json");
    let deep = |open: &str, close: &str, n: usize| {
        format!("{{\"amount\": {}1{}}}", open.repeat(n), close.repeat(n)).into_bytes()
    };
    let mut cases: Vec<(Option<&'static str>, Vec<u8>, u16)> = [
        r#"{"amount": 5, "note": "x""#,
        r#"{"amount": 5"#,
        r#"{"amount""#,
        "{",
        "{} x",
        r#"{"amount": 5} {"amount": 6}"#,
        r#"{"amount": 5}]"#,
        r#"{"amount": 5,}"#,
        "{'amount': 5}",
        "{amount: 5}",
        r#"{"amount": 1e999}"#,
        r#"{"amount": -1e999}"#,
        r#"{"amount": 05}"#,
        r#"{"amount": +5}"#,
        r#"{"amount": .5}"#,
        r#"{"amount": 0x10}"#,
        r#"{"amount": NaN}"#,
        r#"{"amount": Infinity}"#,
        r#"{"amount": True}"#,
        r#"{"amount": undefined}"#,
        r#"{"amount": "\x"}"#,
        r#"{"amount": "\ud800"}"#,
        r#"{"amount": "\u12"}"#,
        "{\"amount\": \"a\nb\"}",
        "// comment\n{\"amount\": 5}",
        "[1]",
        "[]",
        "\"amount\"",
        "5",
        "true",
        "null",
        "[{\"amount\": 5}]",
        "amount=5",
        "<amount>5</amount>",
        "amount: 5",
        "\0",
        ")]}'\n{\"amount\": 5}",
    ]
    .iter()
    .map(|body| (json, body.as_bytes().to_vec(), 400))
    .collect();
    cases.extend([
        (json, b"{\"amount\": \"\xff\"}".to_vec(), 400),
        (json, b"{\"\xc3\x28\": 5}".to_vec(), 400),
        (json, b"\xff\xfe{\0}\0".to_vec(), 400),
        (json, utf16("{\"amount\": 5}"), 400),
        (json, deep("[", "]", 1_000), 400),
        (json, deep("[", "]", 100_000), 400),
        (json, deep("{\"a\":", "}", 100_000), 400),
        (json, "[".repeat(1_000_000).into_bytes(), 400),
        (None, b"{\"amount\": 5".to_vec(), 400),
        (None, b"[1]".to_vec(), 400),
        (None, b"hello".to_vec(), 400),
        (Some("application/vnd.api+json"), b"{\"amount\": 5".to_vec(), 400),
        (Some("text/json"), b"{} x".to_vec(), 400),
        (Some("Application/JSON;charset=utf-8"), b"{} x".to_vec(), 400),
        (Some("application/x-www-form-urlencoded"), b"amount=%ff".to_vec(), 400),
        (Some("application/x-www-form-urlencoded"), b"amount=\xff\xfe".to_vec(), 400),
        (Some("application/x-www-form-urlencoded"), b"%c3%28=5".to_vec(), 400),
        (Some("application/json; charset=utf-16"), utf16("{\"amount\": 5}"), 415),
        (Some("application/json; charset=utf-16le"), utf16("{\"amount\": 5}"), 415),
        (Some("application/json; charset=\"UTF-32\""), b"{\"amount\": 5}".to_vec(), 415),
        (Some("application/json; charset=iso-8859-1"), b"{\"note\": \"\xe9\"}".to_vec(), 415),
        (Some("application/json; charset=utf-7"), b"{\"amount\": 5}".to_vec(), 415),
        (Some("text/plain"), b"hello".to_vec(), 415),
        (Some("text/xml"), b"<amount>5</amount>".to_vec(), 415),
        (Some("application/xml"), b"<amount>5</amount>".to_vec(), 415),
        (Some("application/yaml"), b"amount: 5".to_vec(), 415),
        (Some("application/octet-stream"), b"\x01\x02".to_vec(), 415),
        (Some("image/png"), b"\x89PNG".to_vec(), 415),
        (
            Some("multipart/form-data; boundary=x"),
            b"--x\r\nContent-Disposition: form-data; name=\"amount\"\r\n\r\n5\r\n--x--".to_vec(),
            415,
        ),
        (Some("multipart/form-data"), b"nothing".to_vec(), 415),
        (Some("garbage"), b"{\"amount\": 5".to_vec(), 415),
        (Some(";;;"), b"{\"amount\": 5".to_vec(), 400),
    ]);
    cases
}

#[test]
fn a_body_without_readable_fields_is_refused_and_nothing_is_sent() {
    let site = site();
    for (kind, body, status) in unreadable() {
        let shown = format!("{kind:?} {:?}", String::from_utf8_lossy(&body[..body.len().min(60)]));
        let (answer, seen) = site.ask(&post("/payments", kind, &body));
        assert_eq!((answer.status(), seen.len()), (status, 0), "{shown}: {}", answer.text());
        let detail = problem(&answer)["detail"].as_str().unwrap_or_default().to_owned();
        assert!(detail.contains("send a JSON object like {\"amount\": ..., \"note\": ...}"), "{shown}: {detail}");
    }
}

#[test]
fn a_body_with_fields_is_read_whatever_it_is_called() {
    let site = site();
    let expected = json!({"amount": 5, "note": "é"});
    for (kind, body) in [
        (Some("application/json"), "{\"amount\": 5, \"note\": \"é\"}"),
        (Some("application/json; charset=UTF-8"), "\u{feff}{\"amount\": 5, \"note\": \"\\u00e9\"}"),
        (Some("application/problem+json"), " {\"amount\": 5, \"note\": \"é\"} \n"),
        (None, "{\"amount\": 5, \"note\": \"é\"}"),
        (Some("text/plain"), "{\"amount\": 5, \"note\": \"é\"}"),
        (Some("application/x-www-form-urlencoded"), "{\"amount\": 5, \"note\": \"é\"}"),
    ] {
        let (answer, seen) = site.ask(&post("/payments", kind, body.as_bytes()));
        assert_eq!((answer.status(), seen.len()), (200, 1), "{kind:?}: {}", answer.text());
        assert_eq!(serde_json::from_slice::<Value>(&seen[0].body).unwrap(), expected, "{kind:?}");
    }
    let form = post("/payments", Some("application/x-www-form-urlencoded"), b"amount=5&note=%C3%A9");
    let (_, seen) = site.ask(&form);
    assert_eq!(serde_json::from_slice::<Value>(&seen[0].body).unwrap(), json!({"amount": "5", "note": "é"}));
    for nothing in ["", " \n"] {
        let (answer, _) = site.ask(&post("/payments", Some("application/json"), nothing.as_bytes()));
        assert_eq!(answer.status(), 200, "no field is required");
    }
}

#[test]
fn what_is_made_of_a_body_needs_a_body_that_can_be_read() {
    let site = site();
    // A key has its place among the fields of the body.
    for path in ["/keyed"] {
        for body in ["{\"amount\": 5", "{} x", "{\"amount\": 1e999}", "amount=5", "[1"] {
            let (answer, seen) = site.ask(&post(path, Some("application/json"), body.as_bytes()));
            assert_eq!((answer.status(), seen.len()), (400, 0), "{path} {body}: {}", answer.text());
        }
        let (answer, seen) = site.ask(&post(path, Some("application/json"), b"{\"amount\": 5}"));
        assert_eq!((answer.status(), seen.len()), (200, 1), "{path}: {}", answer.text());
    }
}

#[test]
fn a_body_that_is_passed_on_whole_is_not_looked_at() {
    let site = site();
    for (kind, body) in [
        ("application/json", &b"{\"amount\": 5"[..]),
        ("application/json", b"{} x"),
        ("text/plain; charset=utf-16", b"h\0i\0"),
        ("image/png", b"\x89PNG\xff"),
        ("application/x-www-form-urlencoded", b"a=%ff"),
    ] {
        for path in ["/whole", "/any/x"] {
            let (answer, seen) = site.ask(&post(path, Some(kind), body));
            assert_eq!((answer.status(), seen.len()), (200, 1), "{path} {kind}: {}", answer.text());
            assert_eq!(seen[0].body, body, "{path} {kind}");
        }
    }
    let packed = gzip(b"{\"amount\": 5}");
    let (_, seen) = site.ask(&post("/any/x", Some("application/json"), &packed).with("Content-Encoding", "gzip"));
    let coding = seen[0].headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-encoding"));
    assert_eq!((&seen[0].body, coding.map(|(_, value)| &**value)), (&packed, Some("gzip")), "forwarded as it came");
}

#[test]
fn encodings_of_requests_are_undone_or_refused() {
    let site = site();
    let body = b"{\"amount\": 5}";
    let json = Some("application/json");
    for (coding, bytes) in
        [("gzip", gzip(body)), ("x-gzip", gzip(body)), ("gzip, gzip", gzip(&gzip(body))), ("identity", body.to_vec())]
    {
        for path in ["/payments", "/whole"] {
            let (answer, seen) = site.ask(&post(path, json, &bytes).with("Content-Encoding", coding));
            assert_eq!((answer.status(), seen.len()), (200, 1), "{coding} {path}: {}", answer.text());
            assert_eq!(
                serde_json::from_slice::<Value>(&seen[0].body).unwrap(),
                json!({"amount": 5}),
                "{coding} {path}"
            );
        }
    }
    let cut = gzip(body)[..20].to_vec();
    let mut wrong = gzip(body);
    let last = wrong.len() - 5;
    wrong[last] ^= 1;
    for (coding, bytes, status) in [
        ("gzip", body.to_vec(), 400),
        ("gzip", cut, 400),
        ("gzip", wrong, 400),
        ("gzip, gzip", gzip(body), 400),
        ("br", body.to_vec(), 400),
        ("zstd", body.to_vec(), 400),
        ("deflate", b"\x78\x9c\xff".to_vec(), 400),
        ("compress", body.to_vec(), 415),
        ("aes128gcm", body.to_vec(), 415),
        ("\"gzip\"", body.to_vec(), 415),
        ("gzip, gzip, gzip, gzip, gzip", gzip(body), 415),
    ] {
        for path in ["/payments", "/whole"] {
            let (answer, seen) = site.ask(&post(path, json, &bytes).with("Content-Encoding", coding));
            assert_eq!((answer.status(), seen.len()), (status, 0), "{coding} {path}: {}", answer.text());
            let offered = answer.header("accept-encoding").is_some();
            assert_eq!(offered, status == 415, "{coding}: who is refused is told what is understood");
        }
    }
    // 20 MiB of nothing, deflated: a run of stored distances would be small, so blocks of zeros are packed by hand below.
    let (answer, seen) = site.ask(&post("/payments", json, &bomb()).with("Content-Encoding", "zstd"));
    assert_eq!((answer.status(), seen.len()), (413, 0), "{}", answer.text());
}

/// A zstd frame of 20 MiB in a few hundred bytes: blocks that repeat one byte.
fn bomb() -> Vec<u8> {
    let mut out = vec![0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x58];
    for n in 0..160_u32 {
        let header = (131_072_u32 << 3) | (1 << 1) | u32::from(n == 159);
        out.extend_from_slice(&header.to_le_bytes()[..3]);
        out.push(b' ');
    }
    out
}

#[test]
fn messages_of_mcp_are_read_or_refused_too() {
    let site = site();
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "pay", "arguments": {"amount": 5}, "_meta": {
        "io.modelcontextprotocol/protocolVersion": capstan_tests::mcp::MODERN,
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }}})
    .to_string();
    let send = |body: &[u8], headers: &[(&str, &str)]| {
        let mut request = Request { body: body.to_vec(), ..Request::new("POST", "/mcp") }
            .with("Accept", "application/json, text/event-stream");
        request = request
            .with("MCP-Protocol-Version", capstan_tests::mcp::MODERN)
            .with("Mcp-Method", "tools/call")
            .with("Mcp-Name", "pay");
        for (name, value) in headers {
            request = request.with(name, value);
        }
        let answer = request.send(site.mcp()).expect("it answers");
        (answer, site.upstream.take())
    };
    let json = ("Content-Type", "application/json");
    let (answer, seen) = send(call.as_bytes(), &[json]);
    assert_eq!((answer.status(), seen.len()), (200, 1), "{}", answer.text());
    let (answer, seen) = send(&gzip(call.as_bytes()), &[json, ("Content-Encoding", "gzip")]);
    assert_eq!((answer.status(), seen.len()), (200, 1), "{}", answer.text());
    let more = format!("{call} x");
    let twice = format!("{call}{call}");
    let huge = call.replace("\"amount\":5", "\"amount\":1e999");
    let mut broken = call.clone().into_bytes();
    let at = call.find("pay").unwrap();
    broken[at] = 0xFF;
    for (body, headers, status) in [
        (call.as_bytes()[..call.len() - 3].to_vec(), vec![json], 400),
        (more.into_bytes(), vec![json], 400),
        (twice.into_bytes(), vec![json], 400),
        (huge.into_bytes(), vec![json], 400),
        (broken, vec![json], 400),
        (utf16(&call), vec![("Content-Type", "application/json; charset=utf-16")], 400),
        (format!("[{call}]").into_bytes(), vec![json], 400),
        ("[".repeat(100_000).into_bytes(), vec![json], 400),
        (Vec::new(), vec![json], 400),
        (call.as_bytes().to_vec(), vec![json, ("Content-Encoding", "gzip")], 400),
        (call.as_bytes().to_vec(), vec![json, ("Content-Encoding", "secret")], 415),
        (bomb(), vec![json, ("Content-Encoding", "zstd")], 413),
    ] {
        let (answer, seen) = send(&body, &headers);
        assert_eq!((answer.status(), seen.len()), (status, 0), "{headers:?}: {}", answer.text());
        assert!(
            serde_json::from_slice::<Value>(&answer.body).unwrap()["error"]["message"].is_string(),
            "{}",
            answer.text()
        );
    }
}
