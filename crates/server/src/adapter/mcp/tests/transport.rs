//! What rmcp's HTTP service does otherwise.

use serde_json::json;

use super::fixture::{Site, capability, message};

const MODERN: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{
    "io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#;

#[tokio::test]
async fn clients_that_accept_anything_are_served() {
    let site = Site::new(capability(&["a"], |_| {}));
    for accept in [&[][..], &[("accept", "*/*")], &[("accept", "text/html, */*;q=0.8")]] {
        let mut headers = vec![
            ("content-type", "application/json"),
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/list"),
        ];
        headers.extend_from_slice(accept);
        assert_eq!(site.send("POST", &headers, MODERN).await.status(), 200, "{accept:?}");
    }
}

#[tokio::test]
async fn what_is_no_message_is_a_parse_error() {
    let site = Site::new(capability(&["a"], |_| {}));
    for (body, code) in [("{", -32700), ("", -32700), ("[]", -32700), (r#"{"id":3}"#, -32600), ("7", -32600)] {
        let response = site.send("POST", &[("content-type", "application/json")], body).await;
        assert_eq!(response.status(), 400, "{body}");
        let answer = message(response).await;
        assert_eq!(answer["error"]["code"], code, "{body}: {answer}");
        assert_eq!(answer["jsonrpc"], "2.0");
    }
}

#[tokio::test]
async fn other_content_types_are_refused() {
    let site = Site::new(capability(&["a"], |_| {}));
    assert_eq!(site.send("POST", &[("content-type", "text/plain")], MODERN).await.status(), 415);
}

#[tokio::test]
async fn a_stateless_client_has_no_use_for_other_methods() {
    let site = Site::new(capability(&["a"], |_| {}));
    for method in ["GET", "DELETE", "PUT", "OPTIONS"] {
        let response = site.send(method, &[("mcp-protocol-version", "2026-07-28")], "").await;
        assert_eq!(response.status(), 405, "{method}");
        assert!(response.headers().contains_key("allow"), "{method}");
    }
}

#[tokio::test]
async fn a_drain_waits_for_what_runs() {
    use std::time::{Duration, Instant};

    let site = Site::new(capability(&["slow"], |_| {}));
    let session = site.session().await;
    let call = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": { "name": "slow" } });
    let drain = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        site.endpoint.drain(Instant::now() + Duration::from_secs(60)).await;
    };
    let legacy = async { message(site.legacy(Some(&session), call).await.1).await };
    let modern = site.modern("tools/call", json!({ "name": "slow" }));
    let (older, (_, newer), ()) = tokio::join!(legacy, modern, drain);
    for answer in [older, newer] {
        assert_eq!(answer["result"]["structuredContent"]["greeting"], "at last", "{answer}");
    }
}

#[tokio::test]
async fn large_bodies_are_refused() {
    let limits = crate::shared::Limits { body: 64, ..Default::default() };
    let site = Site::limited(capability(&["a"], |_| {}), limits);
    let response = site.send("POST", &[("content-type", "application/json")], MODERN).await;
    assert_eq!(response.status(), 413);
    assert_eq!(message(response).await["error"]["code"], json!(-32600));
}

#[tokio::test]
async fn stdio_speaks_both_generations_and_ends_with_its_input() {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

    let site = Site::new(capability(&["hello"], |_| {}));
    for (line, key) in
        [(MODERN.replace('\n', ""), "tools"), (super::fixture::initialize("2025-06-18").to_string(), "serverInfo")]
    {
        let handler = super::super::handler::Handler::new(site.endpoint.core.clone());
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (input, output) = tokio::io::split(ours);
        let ours = super::super::lines::Lines::new(input, output, 1 << 16);
        let served = tokio::spawn(async move {
            match rmcp::ServiceExt::serve(handler, ours).await {
                Ok(running) => drop(running.waiting().await),
                Err(error) => panic!("{error}"),
            }
        });
        let (read, mut write) = tokio::io::split(theirs);
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"{ this is no JSON\n").await.unwrap();
        write.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        if key == "serverInfo" {
            write.write_all(b"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n").await.unwrap();
        }
        // What is asked right before the end of input is still answered.
        write.shutdown().await.unwrap();
        let wrong: serde_json::Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
        assert_eq!(wrong["error"]["code"], -32700);
        let answer: serde_json::Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
        assert!(answer["result"].get(key).is_some(), "{answer}");
        drop((write, lines));
        served.await.unwrap();
    }
}
