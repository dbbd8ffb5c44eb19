//! Floods of sessions, and ids that are in flight.

use std::thread;

use capstan_tests::{
    client::Request,
    mcp::{Client, LEGACY},
    upstream::{Manner, Reply},
};
use serde_json::{Value, json};

use super::site::{Site, until};

fn initialize() -> Request {
    let params = json!({"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params});
    Request::new("POST", "/mcp").with("Accept", "application/json, text/event-stream").json(hello.to_string())
}

fn within(session: &str, id: Value) -> Request {
    let call = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": "list_orders"}});
    Request::new("POST", "/mcp")
        .with("Accept", "application/json, text/event-stream")
        .with("Mcp-Session-Id", session)
        .with("MCP-Protocol-Version", LEGACY)
        .json(call.to_string())
}

#[test]
fn a_flood_of_sessions_locks_nobody_out() {
    let site = Site::new(&[]);
    let before = Client::legacy(site.mcp(), "/mcp").unwrap();
    assert_eq!(before.tool("list_orders", json!({})).unwrap().http.status(), 200);
    for _ in 0..1_200 {
        assert_eq!(initialize().send(site.mcp()).unwrap().status(), 200);
    }
    let after = Client::legacy(site.mcp(), "/mcp").unwrap();
    for client in [&after, &before] {
        let answer = client.tool("list_orders", json!({})).unwrap();
        assert_eq!(answer.message["result"]["isError"], json!(false), "{:?}", answer.message);
    }
}

#[test]
fn an_id_in_flight_is_refused_and_nobody_hangs() {
    let site = Site::new(&[]);
    let opened = initialize().send(site.mcp()).unwrap();
    let session = opened.header("mcp-session-id").expect("a session").to_owned();
    site.upstream.answer(Reply::default().sent(Manner::Drip(std::time::Duration::from_millis(200))));
    let call = |to, session: String| thread::spawn(move || within(&session, json!(7)).send(to).expect("it answers"));
    let calls: Vec<_> = (0..3).map(|_| call(site.mcp(), session.clone())).collect();
    let mut answers: Vec<_> = calls.into_iter().map(|call| call.join().unwrap()).collect();
    answers.sort_by_key(|answer| answer.status());
    assert_eq!(answers.iter().map(|answer| answer.status()).collect::<Vec<_>>(), [200, 400, 400]);
    let refused: Value = serde_json::from_slice(&answers[1].body).unwrap();
    assert_eq!((&refused["error"]["code"], &refused["id"]), (&json!(-32600), &json!(7)));
    let again = until("the id is good again", || Some(within(&session, json!(7)).send(site.mcp()).unwrap()));
    assert_eq!(again.status(), 200);
}

#[test]
fn the_end_of_a_session_is_told() {
    let site = Site::new(&[]);
    let opened = initialize().send(site.mcp()).unwrap();
    let session = opened.header("mcp-session-id").expect("a session").to_owned();
    let end = |id: &str| {
        let request = Request::new("DELETE", "/mcp").with("Mcp-Session-Id", id).with("MCP-Protocol-Version", LEGACY);
        request.send(site.mcp()).unwrap().status()
    };
    assert_eq!((end("nobody"), end(&session), end(&session)), (404, 204, 404));
    assert_eq!(within(&session, json!(1)).send(site.mcp()).unwrap().status(), 404);
}
