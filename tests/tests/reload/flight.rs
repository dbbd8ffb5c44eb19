//! What is under way ends on the generation it began with; sessions and subscriptions live on, and hear of lists that differ.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpStream},
    process::{Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use capstan_tests::{
    binary,
    client::Request,
    mcp::{Client, LEGACY, MODERN},
    upstream::{Manner, Reply, Upstream},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::site::{AWHILE, PATIENCE, Site, document, free_port};

#[test]
fn slow_answers_and_streams_end_as_they_began() {
    let site = Site::start(&[]);
    for (kind, body) in [("application/json", "0123456789".repeat(10)), ("text/event-stream", "data: x\n\n".repeat(11))]
    {
        site.save("a", "slow");
        site.until("a", "slow");
        let headers = vec![("Content-Type".to_owned(), kind.to_owned())];
        let manner = Manner::Drip(Duration::from_millis(25));
        let reply = Reply { status: 200, headers, body: body.clone().into(), manner };
        site.upstream.answer_at("GET", "/a/slow", reply);
        let gateway = site.gateway;
        let asked = std::thread::spawn(move || Request::new("GET", "/a/get").send(gateway).unwrap());
        std::thread::sleep(Duration::from_millis(200));
        let before = site.generation();
        site.save("a", "quick");
        crate::site::until("the other version is served", || (site.generation() > before).then_some(()));
        assert_eq!(site.ask("a").1, "a quick");
        let under_way = !asked.is_finished();
        let answer = asked.join().unwrap();
        assert!(under_way, "the answer has come already: {answer:?}");
        assert!(answer.complete, "{kind}");
        assert_eq!((answer.status(), answer.text()), (200, body));
    }
}

#[test]
fn a_listener_that_is_dropped_finishes_and_says_until_when() {
    let dir = TempDir::new().unwrap();
    let upstream = Upstream::start();
    let (old, new) = (free_port(), free_port());
    let of = |version: &str, port: u16| document(&upstream, "a", version, &[]).replace("8080", &port.to_string());
    let (before, after) = (of("slow", old), of("v2", new));
    let manner = Manner::Drip(Duration::from_millis(30));
    upstream.answer_at("GET", "/a/slow", Reply::json(200, &"1".repeat(60)).sent(manner));
    fs::write(dir.path().join("a.yaml"), before).unwrap();
    let site = Site::serve(dir, upstream, &["."]);
    let address: SocketAddr = ([127, 0, 0, 1], old).into();
    let asked = std::thread::spawn(move || Request::new("GET", "/get").send(address).unwrap());
    std::thread::sleep(Duration::from_millis(200));
    fs::write(site.path("a.yaml"), after).unwrap();
    let draining = crate::site::until("the old listener drains", || {
        let all = site.status()["listeners"].take();
        all.as_array().unwrap().iter().find(|one| one["state"] == "draining").cloned()
    });
    assert!(draining["deadline"].is_string(), "{draining}");
    assert!(Request::new("GET", "/get").send(([127, 0, 0, 1], new).into()).unwrap().text().contains("v2"));
    assert_eq!(asked.join().unwrap().text(), "1".repeat(60));
    crate::site::until("it is closed", || TcpStream::connect(address).is_err().then_some(()));
}

/// The events of a stream, as they come.
fn events(to: SocketAddr, request: String) -> Receiver<Value> {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if let Some(event) = line.strip_prefix("data:").and_then(|text| serde_json::from_str(text).ok())
                && tell.send(event).is_err()
            {
                return;
            }
        }
    });
    told
}

#[test]
fn both_generations_hear_of_a_list_that_differs_and_only_then() {
    let site = Site::start(&[]);
    let host = site.gateway;
    let legacy = session(host);
    let old = events(
        host,
        format!(
            "GET /a/mcp HTTP/1.1\r\nhost: {host}\r\naccept: text/event-stream\r\nmcp-session-id: {legacy}\r\n\
             mcp-protocol-version: {LEGACY}\r\n\r\n"
        ),
    );
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let body = json!({"jsonrpc": "2.0", "id": 9, "method": "subscriptions/listen",
        "params": {"notifications": {"toolsListChanged": true}, "_meta": meta}})
    .to_string();
    let new = events(
        host,
        format!(
            "POST /a/mcp HTTP/1.1\r\nhost: {host}\r\naccept: application/json, text/event-stream\r\n\
             content-type: application/json\r\nmcp-protocol-version: {MODERN}\r\nmcp-method: subscriptions/listen\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        ),
    );
    assert_eq!(new.recv_timeout(PATIENCE).unwrap()["method"], "notifications/subscriptions/acknowledged");
    std::thread::sleep(Duration::from_millis(100));
    // Another upstream path, and another document's tools: this list is the same.
    site.save("a", "v2");
    site.until("a", "v2");
    fs::write(site.path("caps/b.yaml"), document(&site.upstream, "b", "v2", &["other"])).unwrap();
    site.until("b", "v2");
    assert!(old.recv_timeout(AWHILE).is_err());
    assert!(new.recv_timeout(Duration::from_millis(10)).is_err());
    fs::write(site.path("caps/a.yaml"), document(&site.upstream, "a", "v2", &["get-it", "more"])).unwrap();
    for told in [&old, &new] {
        assert_eq!(told.recv_timeout(PATIENCE).unwrap()["method"], "notifications/tools/list_changed");
    }
    // The session is the one it was, and sees the new list.
    let request = Request::new("POST", "/a/mcp")
        .with("Accept", "application/json, text/event-stream")
        .with("Mcp-Session-Id", &legacy)
        .with("MCP-Protocol-Version", LEGACY);
    let call = json!({"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": {"name": "more", "arguments": {}}});
    let answer = request.json(call.to_string()).send(host).unwrap();
    assert!(answer.text().contains("a v2"), "{}", answer.text());
    assert!(Client::modern(host, "/a/mcp").tool("more", json!({})).unwrap().http.text().contains("a v2"));
}

/// A new session, by its id.
fn session(host: SocketAddr) -> String {
    let info = json!({"name": "t", "version": "1"});
    let params = json!({"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": info});
    let post = |id: Option<&str>, body: Value| {
        let mut request = Request::new("POST", "/a/mcp").with("Accept", "application/json, text/event-stream");
        if let Some(id) = id {
            request = request.with("Mcp-Session-Id", id).with("MCP-Protocol-Version", LEGACY);
        }
        request.json(body.to_string()).send(host).unwrap()
    };
    let answer = post(None, json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}));
    let id = answer.header("mcp-session-id").unwrap().to_owned();
    post(Some(&id), json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    id
}

#[test]
fn a_client_on_stdio_stays_and_hears() {
    let dir = TempDir::new().unwrap();
    let upstream = Upstream::start();
    let file = dir.path().join("a.yaml");
    fs::write(&file, document(&upstream, "a", "v1", &["get-it"])).unwrap();
    let mut server = Command::new(binary::path())
        .args(["serve", "a.yaml", "--stdio", "a-mcp"])
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut to, from) = (server.stdin.take().unwrap(), server.stdout.take().unwrap());
    let (tell, told) = channel::<Value>();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let _ = tell.send(serde_json::from_str(&line).unwrap());
        }
    });
    let mut send = |message: Value| writeln!(to, "{message}").unwrap();
    let info = json!({"name": "t", "version": "1"});
    let params = json!({"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": info});
    send(json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}));
    assert_eq!(told.recv_timeout(PATIENCE).unwrap()["id"], 1);
    send(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    let call = |id: u32, name: &str| json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": name, "arguments": {}}});
    send(call(2, "get-it"));
    assert!(told.recv_timeout(PATIENCE).unwrap().to_string().contains("a v1"));
    // A call that is under way ends on the version it began with.
    upstream.answer_at(
        "GET",
        "/a/v1",
        Reply::json(200, r#"{"version":"a v1"}"#).sent(Manner::Drip(Duration::from_millis(40))),
    );
    send(call(3, "get-it"));
    std::thread::sleep(Duration::from_millis(100));
    fs::write(&file, document(&upstream, "a", "v2", &["get-it", "more"])).unwrap();
    let both = [told.recv_timeout(PATIENCE).unwrap(), told.recv_timeout(PATIENCE).unwrap()];
    assert!(both.iter().any(|one| one["method"] == "notifications/tools/list_changed"), "{both:?}");
    assert!(both.iter().any(|one| one["id"] == 3 && one.to_string().contains("a v1")), "{both:?}");
    send(call(4, "more"));
    assert!(told.recv_timeout(PATIENCE).unwrap().to_string().contains("a v2"));
    drop(to);
    assert!(server.wait().unwrap().success());
}
