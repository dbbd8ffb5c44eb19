//! The access record: one line per request, REST and MCP alike, and all that is known in it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::{
    fs,
    io::Write as _,
    net::TcpStream,
    time::{Duration, Instant},
};

use capstan_tests::{
    capstan::{Capstan, Run},
    client::Request,
    mcp::Client,
    shop::shop,
    upstream::{Manner, Reply, Upstream},
};
use serde_json::{Value, json};

const EXPOSES: &str = "  exposes:
    - type: rest
      namespace: api
      address: localhost
      port: 9411
      resources:
        - path: /orders
          operations:
            - {method: GET, name: list-orders, call: shop.list}
    - type: mcp
      namespace: tools
      address: localhost
      port: 9412
      tools:
        - {name: list_orders, description: Lists orders., call: shop.list}
        - name: say_hello
          description: Greets.
          inputSchema: {type: object, properties: {name: {type: string}}, additionalProperties: false}
          mock: [{text: hello}]
        - {name: list_nothing, description: Lists nothing., call: shop.gone}
";

struct Site {
    capstan: Capstan,
    upstream: Upstream,
    _folder: tempfile::TempDir,
}

impl Site {
    fn start() -> Self {
        let upstream = Upstream::start();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("demo.yaml"), shop(&upstream.url(), "", EXPOSES)).unwrap();
        let listen = ["demo.yaml", "--listen", "9411=127.0.0.1:0", "--listen", "9412=127.0.0.1:0"];
        let capstan = Run::new(&listen).serve(folder.path()).unwrap_or_else(|ended| panic!("{}", ended.log));
        Self { capstan, upstream, _folder: folder }
    }

    /// The access lines with that request id, once there is one and no other follows.
    fn records(&self, id: &str) -> Vec<Value> {
        let records = || -> Vec<Value> {
            let log = self.capstan.log();
            let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            // Lines without an id are somebody's too.
            lines
                .filter(|line| line.get("us").is_some() && line.get("request_id").is_none_or(|known| known == id))
                .collect()
        };
        let end = Instant::now() + Duration::from_secs(20);
        while records().is_empty() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
        // Lines come in batches.
        std::thread::sleep(Duration::from_millis(300));
        records()
    }
}

/// What every record of a call says.
fn check(record: &Value, adapter: &str, unit: &str) {
    assert_eq!(record["capability"], "demo", "{record}");
    assert_eq!(record["adapter"], adapter, "{record}");
    assert_eq!(record["unit"], unit, "{record}");
    assert_eq!(record["status"], 200, "{record}");
    assert_eq!(record["upstream_status"], 200, "{record}");
    assert!(record["upstream"].as_str().unwrap().starts_with("shop.list 200 "), "{record}");
    assert!(record["upstream_us"].as_u64().unwrap() <= record["us"].as_u64().unwrap(), "{record}");
}

#[test]
fn an_operation_writes_one_record() {
    let site = Site::start();
    site.upstream.answer(Reply::json(200, r#"{"orders": []}"#));
    let to = site.capstan.address("rest", Some(9411)).unwrap();
    let answer = Request::new("GET", "/orders").with("x-request-id", "rest-1").send(to).unwrap();
    assert_eq!(answer.status(), 200);
    let records = site.records("rest-1");
    assert_eq!(records.len(), 1, "{records:#?}");
    check(&records[0], "rest", "list-orders");
    assert_eq!((&records[0]["method"], &records[0]["path"]), (&json!("GET"), &json!("/orders")));
}

#[test]
fn the_id_a_caller_sees_is_the_one_of_the_record_whatever_the_upstream_says() {
    let site = Site::start();
    let to = site.capstan.address("rest", Some(9411)).unwrap();
    let theirs = ("X-Request-Id".to_owned(), "theirs-1".to_owned());
    for status in [200, 404] {
        let mut reply = Reply::json(status, r#"{"orders": []}"#);
        reply.headers.push(theirs.clone());
        site.upstream.answer_at("GET", "/orders", reply);
        let answer = Request::new("GET", "/orders").send(to).unwrap();
        assert_eq!((answer.status(), answer.header("x-upstream-request-id")), (status, Some("theirs-1")));
        let id = answer.header("x-request-id").unwrap().to_owned();
        assert_eq!(site.records(&id).len(), 1, "{id} is in no record");
    }
    // What a caller gave is not changed, nor told twice when the upstream says it again.
    let mut reply = Reply::json(200, "{}");
    reply.headers.push(("X-Request-Id".to_owned(), "mine-1".to_owned()));
    site.upstream.answer_at("GET", "/orders", reply);
    let answer = Request::new("GET", "/orders").with("x-request-id", "mine-1").send(to).unwrap();
    assert_eq!((answer.header("x-request-id"), answer.header("x-upstream-request-id")), (Some("mine-1"), None));
}

#[test]
fn a_tool_call_writes_one_record_in_either_generation() {
    let site = Site::start();
    let to = site.capstan.address("mcp", Some(9412)).unwrap();
    let clients = [("modern", Client::modern(to, "/mcp")), ("legacy", Client::legacy(to, "/mcp").unwrap())];
    for (generation, client) in clients {
        site.upstream.answer(Reply::json(200, r#"{"orders": []}"#));
        let answer = client.tool("list_orders", json!({})).unwrap();
        assert_eq!(answer.message["result"]["structuredContent"], json!({"orders": []}), "{answer:?}");
        let id = answer.http.header("x-request-id").expect("an answer names its request").to_owned();
        let records = site.records(&id);
        assert_eq!(records.len(), 1, "{generation}: {records:#?}");
        check(&records[0], "mcp", "list_orders");
        assert_eq!(records[0]["call_status"], 200, "{generation}: {records:#?}");
        assert_eq!((&records[0]["method"], &records[0]["path"]), (&json!("POST"), &json!("/mcp")));
    }
}

#[test]
fn a_tool_that_fails_says_so_in_the_record_of_its_request() {
    let site = Site::start();
    site.upstream.answer(Reply::json(503, "{}"));
    site.upstream.answer(Reply::json(503, "{}"));
    site.upstream.answer(Reply::json(503, "{}"));
    let to = site.capstan.address("mcp", Some(9412)).unwrap();
    let answer = Client::modern(to, "/mcp").tool("list_orders", json!({})).unwrap();
    assert_eq!(answer.message["result"]["isError"], true, "{answer:?}");
    let records = site.records(answer.http.header("x-request-id").unwrap());
    assert_eq!(records.len(), 1, "{records:#?}");
    assert_eq!(records[0]["status"], 200, "the protocol's own answer succeeded: {}", records[0]);
    assert_eq!(records[0]["call_status"], 503, "{}", records[0]);
    assert!(records[0]["upstream"].as_str().unwrap().starts_with("shop.list 503 "), "{}", records[0]);
}

#[test]
fn a_tool_that_is_refused_before_it_runs_is_named_in_the_record() {
    let site = Site::start();
    let to = site.capstan.address("mcp", Some(9412)).unwrap();
    for (tool, status) in [("say_hello", 400), ("list_nothing", 501)] {
        let answer = Client::modern(to, "/mcp").tool(tool, json!({"nobody": 1})).unwrap();
        assert_eq!(answer.message["result"]["isError"], true, "{answer:?}");
        let records = site.records(answer.http.header("x-request-id").unwrap());
        assert_eq!(records.len(), 1, "{records:#?}");
        assert_eq!((&records[0]["unit"], &records[0]["call_status"]), (&json!(tool), &json!(status)), "{}", records[0]);
    }
}

#[test]
fn a_request_nobody_waits_for_writes_its_record_all_the_same() {
    let site = Site::start();
    site.upstream.answer(Reply::json(200, "{}").sent(Manner::Hang));
    let to = site.capstan.address("rest", Some(9411)).unwrap();
    let mut stream = TcpStream::connect(to).unwrap();
    stream.write_all(b"GET /orders HTTP/1.1\r\nhost: localhost\r\nx-request-id: left\r\n\r\n").unwrap();
    std::thread::sleep(Duration::from_millis(500));
    drop(stream);
    let records = site.records("left");
    assert_eq!(records.len(), 1, "{records:#?}");
    assert_eq!((&records[0]["unit"], &records[0]["status"]), (&json!("list-orders"), &Value::Null), "{}", records[0]);
    assert!(records[0]["upstream"].as_str().unwrap().starts_with("shop.list - "), "{}", records[0]);
}
