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
        room: None,
    };
    serde_json::to_value(result(answer, tool, None, "ns", &mask())).unwrap()
}

/// One value of a binding, and one secret of the process.
fn mask() -> Mask {
    let secrets = capstan_engine::Secrets::default();
    secrets.register("s3cr\"et/9");
    Mask::new(["sekret"], &secrets)
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

#[test]
fn only_a_success_that_can_be_read_is_one() {
    for status in [101, 199, 300, 301, 302, 304, 307, 404, 500, 600, 999] {
        assert_eq!(shown(status, "application/json", b"{}", &tool())["isError"], true, "{status}");
    }
    for body in [&b"{\"a\": 1"[..], b"{} x", b"<html>", b"{\"a\": \xff}", b"[1,]"] {
        let shown = shown(200, "application/problem+json", body, &tool());
        assert_eq!(shown["isError"], true, "{body:?}");
        assert!(shown["content"][0]["text"].as_str().unwrap().starts_with("The upstream's response cannot be read"));
    }
    assert_eq!(shown(200, "text/plain", b"{\"a\": 1", &tool())["isError"], false);
}

#[test]
fn successes_show_no_secret_but_values_of_bindings() {
    let shown = shown(200, "application/json", br#"{"echo": "s3cr\"et/9", "region": "sekret", "n": [1]}"#, &tool());
    assert_eq!(shown["structuredContent"], json!({"echo": "***", "region": "sekret", "n": [1]}));
    assert_eq!(shown["content"][0]["text"], r#"{"echo": "***", "region": "sekret", "n": [1]}"#);
    let plain = self::shown(200, "text/plain", b"key s3cr\"et/9", &tool());
    assert_eq!(plain["content"][0]["text"], "key ***");
}
