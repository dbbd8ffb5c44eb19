//! Tests of `result`.

use http::{HeaderMap, HeaderValue};
use serde_json::json;

use super::{super::tests::fixture, *};

fn shown(status: u16, content_type: &str, body: &[u8], tool: &Tool) -> Value {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap());
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("7"));
    let answer = Collected {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: CollectedBody::Bytes(body.to_vec().into()),
        from_upstream_error: status >= 400,
    };
    serde_json::to_value(result(answer, tool, None, "ns", &Mask::new(["sekret"]))).unwrap()
}

fn tool() -> Tool {
    fixture::tool("draw", capstan_plan::FlowId(0))
}

#[test]
fn objects_come_as_text_and_structured() {
    let shown = shown(200, "application/json", b"{ \"b\": 1,\n \"a\": 2 }", &tool());
    assert_eq!(shown["content"][0]["text"], "{ \"b\": 1,\n \"a\": 2 }");
    assert_eq!(shown["structuredContent"].to_string(), r#"{"b":1,"a":2}"#);
    assert_eq!(shown["isError"], false);
}

#[test]
fn other_json_is_text_unless_a_schema_wants_an_object() {
    let mut tool = tool();
    assert_eq!(shown(200, "application/json", b"[1]", &tool).get("structuredContent"), None);
    tool.output_schema = Some(json!({}).into());
    assert_eq!(shown(200, "application/json", b"[1]", &tool)["structuredContent"], json!({ "result": [1] }));
}

#[test]
fn mapped_text_has_no_quotes() {
    assert_eq!(spelt(&json!("a \"b\"")), "a \"b\"");
}

#[test]
fn upstream_errors_are_text_only() {
    let shown = shown(429, "application/json", b"{\"detail\":\"slow down, sekret\"}", &tool());
    assert_eq!(shown["isError"], true);
    assert_eq!(shown.get("structuredContent"), None);
    let text = shown["content"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("The upstream answered 429 Too Many Requests: {\"detail\":\"slow down, ***\"}"), "{text}");
    assert!(text.ends_with("Try again after 7 seconds."), "{text}");
}

#[test]
fn error_messages_are_bounded() {
    let shown = shown(500, "text/plain", "é".repeat(5_000).as_bytes(), &tool());
    let text = shown["content"][0]["text"].as_str().unwrap();
    assert!(text.len() < 5_000 && text.contains("bytes more]"), "{}", text.len());
}

#[test]
fn pictures_and_sound_have_their_own_blocks() {
    let png = b"\x89PNG\r\n\x1a\n";
    let image = shown(200, "application/octet-stream", png, &tool());
    assert_eq!(image["content"][0], json!({ "type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png" }));
    assert_eq!(shown(200, "audio/wav", b"x", &tool())["content"][0]["type"], "audio");
}

#[test]
fn other_bytes_are_an_embedded_resource() {
    let shown = shown(200, "application/pdf", b"%PDF-", &tool());
    let resource = &shown["content"][0]["resource"];
    let uri = resource["uri"].as_str().unwrap();
    assert!(uri.starts_with("capstan://transient/ns/draw/") && uri.len() == 28 + 36, "{uri}");
    assert_eq!(resource["mimeType"], "application/pdf");
}

#[test]
fn nothing_is_done() {
    assert_eq!(shown(204, "text/plain", b"", &tool())["content"], json!([]));
}
