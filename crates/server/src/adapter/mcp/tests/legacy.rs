//! The generations with `initialize`.

use std::time::Duration;

use serde_json::json;

use super::fixture::{Site, capability, event, initialize, message, prompt};
use crate::shared::Limits;

#[tokio::test]
async fn every_older_revision_is_spoken() {
    let site = Site::new(capability(&["a"], |_| {}));
    for (asked, spoken) in [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("1999-01-01", "2025-11-25"),
    ] {
        let (session, response) = site.legacy(None, initialize(asked)).await;
        let result = &message(response).await["result"];
        assert_eq!(result["protocolVersion"], spoken);
        assert_eq!(result["serverInfo"]["name"], "demo");
        assert_eq!(result.get("resultType"), None);
        assert!(session.is_some());
    }
}

#[tokio::test]
async fn a_session_lists_and_calls() {
    let site = Site::new(capability(&["hello"], |mcp| mcp.prompts = Box::new([prompt()])));
    let session = site.session().await;
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    let result = &message(site.legacy(Some(&session), list).await.1).await["result"];
    assert_eq!(result["tools"][0]["name"], "hello");
    for key in ["resultType", "ttlMs", "cacheScope", "_meta"] {
        assert_eq!(result.get(key), None, "{key}");
    }
    let call = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": { "name": "hello" } });
    let result = &message(site.legacy(Some(&session), call).await.1).await["result"];
    assert_eq!(result["content"][0]["text"], r#"{"greeting":"hello"}"#);
    let ping = json!({ "jsonrpc": "2.0", "id": 3, "method": "ping" });
    assert_eq!(message(site.legacy(Some(&session), ping).await.1).await["result"], json!({}));
    let read = json!({ "jsonrpc": "2.0", "id": 4, "method": "resources/read", "params": { "uri": "x://y" } });
    assert_eq!(message(site.legacy(Some(&session), read).await.1).await["error"]["code"], -32601);
}

#[tokio::test]
async fn streams_begin_with_the_message() {
    let site = Site::new(capability(&["a"], |_| {}));
    let (_, response) = site.legacy(None, initialize("2024-11-05")).await;
    let first = http_body_util::BodyExt::frame(&mut response.into_body()).await.unwrap().unwrap().into_data().unwrap();
    assert!(first.starts_with(b"data: {"), "{first:?}");
}

#[tokio::test]
async fn clients_that_name_no_stream_get_json() {
    let site = Site::new(capability(&["hello"], |_| {}));
    for accept in [&[][..], &[("accept", "*/*")]] {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend_from_slice(accept);
        let response = site.send("POST", &headers, initialize("2025-11-25").to_string()).await;
        assert_eq!(response.headers()["content-type"], "application/json");
        let session = response.headers()["mcp-session-id"].to_str().unwrap().to_owned();
        assert_eq!(message(response).await["result"]["protocolVersion"], "2025-11-25");
        headers.push(("mcp-session-id", &session));
        let call = r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"hello"}}"#;
        let response = site.send("POST", &headers, call).await;
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(message(response).await["result"]["content"][0]["text"], r#"{"greeting":"hello"}"#);
    }
}

#[tokio::test]
async fn sessions_hear_of_a_list_that_differs_and_only_then() {
    let mut site = Site::new(capability(&["a"], |_| {}));
    let session = site.session().await;
    let headers = [("accept", "text/event-stream"), ("mcp-session-id", &*session)];
    let response = site.send("GET", &headers, "").await;
    assert_eq!(response.status(), 200);
    let mut stream = response.into_body();
    tokio::time::sleep(Duration::from_millis(50)).await;
    site.publish(capability(&["a"], |_| {}));
    let quiet = tokio::time::timeout(Duration::from_millis(100), event(&mut stream)).await;
    assert!(quiet.is_err(), "{quiet:?}");
    site.publish(capability(&["b"], |_| {}));
    assert_eq!(event(&mut stream).await.unwrap()["method"], "notifications/tools/list_changed");
}

#[tokio::test]
async fn there_are_only_so_many_sessions() {
    let limits = Limits { sessions: 2, ..Limits::default() };
    let site = Site::limited(capability(&["a"], |_| {}), limits);
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    let first = site.session().await;
    message(site.legacy(Some(&first), list.clone()).await.1).await;
    let unused = site.session().await;
    let second = site.session().await;
    // Whoever never asked for anything gave way.
    assert_eq!(site.legacy(Some(&unused), list.clone()).await.1.status(), 404);
    message(site.legacy(Some(&second), list).await.1).await;
    let (session, response) = site.legacy(None, initialize("2025-06-18")).await;
    assert_eq!((session, response.status().as_u16()), (None, 503));
    assert_eq!(response.headers()["retry-after"], "60");
    assert!(message(response).await["error"]["message"].as_str().unwrap().contains("too many sessions"));
    // One that ends makes room.
    let response = site.send("DELETE", &[("mcp-session-id", &*first)], "").await;
    assert!(response.status().is_success());
    site.session().await;
}

#[tokio::test]
async fn an_unknown_session_is_not_found_and_none_is_a_bad_request() {
    let site = Site::new(capability(&["a"], |_| {}));
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    assert_eq!(site.legacy(Some("nobody"), list.clone()).await.1.status(), 404);
    assert!(site.legacy(None, list).await.1.status().is_client_error());
    assert_eq!(site.send("GET", &[], "").await.status(), 400);
}

#[tokio::test]
async fn a_session_is_its_openers() {
    use crate::auth::Principal;

    let site = Site::new(capability(&["a"], |_| {}));
    let (ours, theirs) = (Principal::Known([1; 32]), Principal::Known([2; 32]));
    let here = [127, 0, 0, 1].into();
    let request = |method: &str, session: Option<&str>, body: serde_json::Value| {
        let mut request = http::Request::builder().method(method).uri("http://localhost/mcp");
        for (name, value) in [
            ("host", "localhost"),
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
        ] {
            request = request.header(name, value);
        }
        if let Some(session) = session {
            request = request.header("mcp-session-id", session).header("mcp-protocol-version", "2025-06-18");
        }
        request.body(http_body_util::Full::new(body.to_string().into())).unwrap()
    };
    let opened = site.send_as(ours, here, request("POST", None, initialize("2025-06-18"))).await;
    let session = opened.headers()["mcp-session-id"].to_str().unwrap().to_owned();
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    let unknown = site.send_as(theirs, here, request("POST", Some("nobody's"), list.clone())).await;
    for stranger in [theirs, Principal::Anyone] {
        for method in ["POST", "GET", "DELETE"] {
            let refused = site.send_as(stranger, here, request(method, Some(&session), list.clone())).await;
            assert_eq!(refused.status(), 404, "{method}");
            assert_eq!(refused.headers(), unknown.headers(), "nothing tells it from a session that is not there");
        }
    }
    let served = site.send_as(ours, here, request("POST", Some(&session), list)).await;
    assert_eq!(message(served).await["result"]["tools"][0]["name"], "a");
}

#[tokio::test]
async fn the_end_of_a_session_is_told_and_an_unknown_one_has_none() {
    let site = Site::new(capability(&["a"], |_| {}));
    let session = site.session().await;
    let end = async |id: &str| site.send("DELETE", &[("mcp-session-id", id)], "").await.status().as_u16();
    assert_eq!(end("nobody's").await, 404);
    assert_eq!(end(&session).await, 204);
    assert_eq!(end(&session).await, 404);
}

#[tokio::test]
async fn an_id_in_flight_is_not_taken_again() {
    let site = Site::new(capability(&["slow", "a"], |_| {}));
    let session = site.session().await;
    let call = |id: serde_json::Value| json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": "slow" } });
    let once = async { message(site.legacy(Some(&session), call(json!(7))).await.1).await };
    let again = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let (_, response) = site.legacy(Some(&session), call(json!(7))).await;
        (response.status().as_u16(), message(response).await)
    };
    let other = async { message(site.legacy(Some(&session), call(json!("7"))).await.1).await };
    let (first, (status, refused), text) = tokio::join!(once, again, other);
    assert_eq!(first["result"]["structuredContent"]["greeting"], "at last");
    assert_eq!(text["id"], "7", "the text is another id than the number");
    assert_eq!((status, &refused["error"]["code"], &refused["id"]), (400, &json!(-32600), &json!(7)));
    let later = message(site.legacy(Some(&session), call(json!(7))).await.1).await;
    assert_eq!(later["result"]["structuredContent"]["greeting"], "at last");
}

#[tokio::test]
async fn a_session_that_rests_has_no_worker_and_goes_on_when_something_comes() {
    let site = Site::new(capability(&["hello"], |_| {}));
    let call = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": { "name": "hello" } });
    let (unused, used, ended) = (site.session().await, site.session().await, site.session().await);
    message(site.legacy(Some(&used), call.clone()).await.1).await;
    let sessions = &site.endpoint.sessions;
    assert_eq!(sessions.awake().await, 3);
    let soon = tokio::time::Instant::now() + Duration::from_secs(15);
    assert!(sessions.sweep(soon).await);
    assert_eq!(sessions.awake().await, 1);
    assert!(sessions.sweep(soon + Duration::from_secs(90)).await);
    assert_eq!(sessions.awake().await, 0);
    // Several at once wake it once.
    let at_once = [1, 2, 3].map(|id| {
        let call = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": "hello" } });
        site.legacy(Some(&used), call)
    });
    for (_, response) in futures_util::future::join_all(at_once).await {
        assert_eq!(message(response).await["result"]["isError"], false);
    }
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    assert_eq!(message(site.legacy(Some(&unused), list.clone()).await.1).await["result"]["tools"][0]["name"], "hello");
    assert_eq!(sessions.awake().await, 2);
    // One that rests is ended like any other.
    let end = [("mcp-session-id", &*ended), ("mcp-protocol-version", "2025-06-18")];
    assert_eq!(site.send("DELETE", &end, "").await.status(), 204);
    assert_eq!(site.legacy(Some(&ended), list.clone()).await.1.status(), 404);
    // Again and again.
    for _ in 0..20 {
        sessions.sweep(tokio::time::Instant::now() + Duration::from_secs(200)).await;
        assert_eq!(site.legacy(Some(&used), list.clone()).await.1.status(), 200);
    }
}

#[tokio::test]
async fn what_a_client_says_at_the_beginning_is_short() {
    let site = Site::new(capability(&["a"], |_| {}));
    let mut hello = initialize("2025-06-18");
    hello["params"]["clientInfo"]["name"] = "n".repeat(64 << 10).into();
    let (session, response) = site.legacy(None, hello).await;
    assert_eq!((session, response.status().as_u16()), (None, 413));
    assert!(message(response).await["error"]["message"].as_str().unwrap().contains("65536 bytes"));
}
