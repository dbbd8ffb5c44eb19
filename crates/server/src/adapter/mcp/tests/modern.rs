//! The stateless generation.

use std::time::Duration;

use serde_json::{Value, json};

use super::fixture::{Site, capability, event, message, prompt, with_folder};

#[tokio::test]
async fn tools_come_in_document_order_with_hints_for_caches_and_who_answers() {
    let site = Site::new(capability(&["zeta", "alpha"], |_| {}));
    let (status, answer) = site.modern("tools/list", json!({})).await;
    let result = &answer["result"];
    assert_eq!(status, 200, "{answer}");
    let names: Vec<_> = result["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["zeta", "alpha"]);
    assert_eq!((&result["ttlMs"], &result["cacheScope"]), (&json!(60_000), &json!("public")));
    assert_eq!(result["resultType"], "complete");
    let server = &result["_meta"]["io.modelcontextprotocol/serverInfo"];
    assert_eq!(server, &json!({ "name": "demo", "title": "Demo", "version": "unspecified" }));
    assert_eq!(result["tools"][0].get("annotations"), None);
}

#[tokio::test]
async fn discovery_says_what_there_is() {
    let site = Site::new(capability(&["a"], |mcp| mcp.prompts = Box::new([prompt()])));
    let (_, answer) = site.modern("server/discover", json!({})).await;
    let result = &answer["result"];
    let expected = json!({ "tools": { "listChanged": true }, "prompts": { "listChanged": true }, "completions": {} });
    assert_eq!(result["capabilities"], expected);
    assert_eq!(result["instructions"], "A demonstration.");
    assert_eq!(result["ttlMs"], 60_000);
    assert!(result["supportedVersions"].as_array().unwrap().contains(&json!("2025-03-26")));
}

#[tokio::test]
async fn calls_are_answered() {
    let site = Site::new(capability(&["hello"], |_| {}));
    let (status, answer) = site.modern("tools/call", json!({ "name": "hello" })).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["result"]["structuredContent"], json!({ "greeting": "hello" }), "{answer}");
    assert!(answer["result"]["_meta"]["io.modelcontextprotocol/serverInfo"].is_object());
}

#[tokio::test]
async fn a_unit_that_did_not_compile_says_so() {
    let site = Site::new(capability(&["broken"], |_| {}));
    let (_, answer) = site.modern("tools/call", json!({ "name": "broken" })).await;
    assert_eq!(answer["result"]["isError"], true);
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("`x.y` is not there") && text.contains("demo.yaml:7"), "{text}");
}

#[tokio::test]
async fn malformed_calls_are_protocol_errors() {
    let site = Site::new(capability(&["hello"], |_| {}));
    for (method, params, code) in [
        ("tools/call", json!({ "name": "nothing" }), -32602),
        ("tools/call", json!({}), -32602),
        ("tools/list", json!({ "cursor": "zzz" }), -32602),
        ("prompts/list", json!({}), -32601),
        ("resources/list", json!({}), -32601),
        ("logging/setLevel", json!({ "level": "debug" }), -32601),
        ("logging/setLevel", json!({}), -32601),
        ("initialize", json!({}), -32601),
        ("ping", json!({}), -32601),
        ("no/such", json!({}), -32601),
    ] {
        let (status, answer) = site.modern(method, params).await;
        // A name that is not there does not agree with the header that names it either.
        let expected = if method == "tools/call" && answer["error"]["code"] == -32020 { -32020 } else { code };
        assert_eq!(answer["error"]["code"], expected, "{method}: {answer}");
        assert_eq!(status == 404, code == -32601, "{method}: {status}");
    }
}

#[tokio::test]
async fn prompts_are_filled_and_completed() {
    let site = Site::new(capability(&[], |mcp| mcp.prompts = Box::new([prompt()])));
    let (_, answer) = site.modern("prompts/get", json!({ "name": "greet", "arguments": { "who": "you" } })).await;
    assert_eq!(answer["result"]["messages"][0]["content"]["text"], "Greet you.", "{answer}");
    let (_, answer) = site.modern("prompts/get", json!({ "name": "greet" })).await;
    assert_eq!(answer["error"]["code"], -32602);
    let reference = json!({ "type": "ref/prompt", "name": "greet" });
    let argument = json!({ "name": "who", "value": "W" });
    let (_, answer) = site.modern("completion/complete", json!({ "ref": reference, "argument": argument })).await;
    assert_eq!(answer["result"]["completion"]["values"], json!(["world"]), "{answer}");
}

#[tokio::test]
async fn folders_are_listed_and_read_and_never_left() {
    let outside = std::env::temp_dir().join(format!("capstan-mcp-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&outside);
    let inside = outside.join("in");
    std::fs::create_dir_all(inside.join("sub")).unwrap();
    std::fs::write(outside.join("secret.txt"), "no").unwrap();
    std::fs::write(inside.join("a b.md"), "# hello").unwrap();
    std::fs::write(inside.join("sub/x.png"), b"\x89PNG\r\n\x1a\n").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(outside.join("secret.txt"), inside.join("link.txt")).unwrap();
    let site = Site::new(with_folder(inside.to_str().unwrap()));

    let (_, answer) = site.modern("resources/list", json!({})).await;
    let listed = answer["result"]["resources"].as_array().unwrap();
    let uris: Vec<_> = listed.iter().map(|r| r["uri"].as_str().unwrap()).collect();
    assert_eq!(uris, ["docs://all/a%20b.md", "docs://all/sub/x.png"]);

    let (_, answer) = site.modern("resources/read", json!({ "uri": uris[0] })).await;
    let contents = &answer["result"]["contents"][0];
    assert_eq!((&contents["text"], &contents["mimeType"]), (&json!("# hello"), &json!("text/markdown")), "{answer}");
    let (_, answer) = site.modern("resources/read", json!({ "uri": uris[1] })).await;
    assert_eq!(answer["result"]["contents"][0]["blob"], "iVBORw0KGgo=");
    assert_eq!((&answer["result"]["ttlMs"], &answer["result"]["cacheScope"]), (&json!(0), &json!("private")));

    for uri in [
        "docs://all/../secret.txt",
        "docs://all/%2e%2e/secret.txt",
        "docs://all/..%2fsecret.txt",
        "docs://all/link.txt",
    ] {
        let (_, answer) = site.modern("resources/read", json!({ "uri": uri })).await;
        assert_eq!(
            (&answer["error"]["code"], &answer["error"]["data"]["uri"]),
            (&json!(-32602), &json!(uri)),
            "{answer}"
        );
    }
    std::fs::remove_dir_all(outside).unwrap();
}

#[tokio::test]
async fn subscribers_hear_of_a_list_that_differs_and_only_then() {
    let mut site = Site::new(capability(&["a"], |_| {}));
    let body = json!({ "jsonrpc": "2.0", "id": 9, "method": "subscriptions/listen", "params": {
        "notifications": { "toolsListChanged": true },
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    } });
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "subscriptions/listen"),
    ];
    let response = site.send("POST", &headers, body.to_string()).await;
    assert_eq!(response.status(), 200);
    let mut stream = response.into_body();
    assert_eq!(event(&mut stream).await.unwrap()["method"], "notifications/subscriptions/acknowledged");
    tokio::time::sleep(Duration::from_millis(50)).await;
    site.publish(capability(&["a"], |_| {}));
    let quiet = tokio::time::timeout(Duration::from_millis(100), event(&mut stream)).await;
    assert!(quiet.is_err(), "{quiet:?}");
    site.publish(capability(&["a", "b"], |_| {}));
    assert_eq!(event(&mut stream).await.unwrap()["method"], "notifications/tools/list_changed");

    // A drain ends the subscription with a result, and does not wait for the deadline.
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    let (last, ()) = tokio::join!(event_and_end(stream), site.endpoint.drain(deadline));
    assert!(last["result"].is_object(), "{last}");
    assert!(std::time::Instant::now() < deadline);
}

async fn event_and_end(mut stream: crate::http::body::Body) -> Value {
    let last = event(&mut stream).await.unwrap();
    assert_eq!(event(&mut stream).await, None);
    last
}

#[tokio::test]
async fn a_capability_that_is_gone_is_named() {
    let site = Site::new(capability(&["a"], |_| {}));
    let gone = capability(&["a"], |_| {});
    site.live.publish(crate::publication::snapshot::Snapshot::default());
    let core = &site.endpoint.core;
    assert!(core.view().unwrap_err().message.contains("`demo` is not served any more"));
    // What a listener still has is answered.
    assert!(core.view_of(&gone).is_ok());
    let (_, answer) = site.modern("tools/list", json!({})).await;
    assert!(answer["result"]["tools"].is_array());
}

#[tokio::test]
async fn missing_client_capabilities_are_refused() {
    let site = Site::new(capability(&["a"], |_| {}));
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {
        "_meta": { "io.modelcontextprotocol/protocolVersion": "2026-07-28" },
    } });
    let headers =
        [("content-type", "application/json"), ("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/list")];
    let response = site.send("POST", &headers, body.to_string()).await;
    assert_eq!(response.status(), 400);
    assert_eq!(message(response).await["error"]["code"], -32602);
}
