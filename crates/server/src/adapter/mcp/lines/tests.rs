//! Tests of `lines`.

use tokio::io::{AsyncReadExt as _, duplex};

use super::*;

/// What comes in, and what was answered, of an input in pieces of any size.
async fn exchange(input: &[u8], limit: usize) -> (Vec<Value>, Vec<Value>) {
    let (theirs, ours) = duplex(7);
    let (mut answers, out) = duplex(1 << 20);
    let input = input.to_owned();
    tokio::spawn(async move {
        let mut theirs = theirs;
        theirs.write_all(&input).await.unwrap();
    });
    let mut lines = Lines::new(ours, out, limit);
    let mut messages = Vec::new();
    while let Some(message) = lines.receive().await {
        messages.push(serde_json::to_value(&message).unwrap());
    }
    lines.close().await.unwrap();
    let mut text = String::new();
    answers.read_to_string(&mut text).await.unwrap();
    (messages, text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

#[tokio::test]
async fn what_is_no_message_is_answered_and_the_next_one_is_read() {
    for (line, code, id) in [
        (&b"{ this is no JSON"[..], -32700, Value::Null),
        (b"\xff\xfe\x00", -32700, Value::Null),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"", -32700, Value::Null),
        (b"[]", -32700, Value::Null),
        (b"7", -32600, Value::Null),
        (b"{\"jsonrpc\":\"1.0\",\"id\":\"x\",\"method\":\"ping\"}", -32600, Value::from("x")),
        (b"{\"id\":3}", -32600, Value::from(3)),
    ] {
        let input = [line, b"\n", PING.as_bytes(), b"\r\n"].concat();
        let (messages, answers) = exchange(&input, 1000).await;
        assert_eq!(messages.len(), 1, "{line:?}");
        assert_eq!((&answers[0]["error"]["code"], &answers[0]["id"]), (&Value::from(code), &id), "{answers:?}");
        assert_eq!(answers.len(), 1);
    }
}

#[tokio::test]
async fn a_line_that_is_too_long_is_answered_once_and_forgotten() {
    let long = "x".repeat(10_000);
    let (messages, answers) = exchange(format!("{long}\n{PING}\n{long}").as_bytes(), 50).await;
    assert_eq!(messages.len(), 1);
    assert_eq!(answers.len(), 1, "the second one has no end: {answers:?}");
    assert_eq!(answers[0]["error"]["code"], -32600);
    let exact = format!("{PING}\n");
    assert_eq!(exchange(exact.as_bytes(), PING.len()).await.0.len(), 1);
    assert_eq!(exchange(exact.as_bytes(), PING.len() - 1).await.0.len(), 0);
}

#[tokio::test]
async fn what_is_never_answered_is_not() {
    for line in ["", "\r", "   ", r#"{"jsonrpc":"2.0","method":"$/whatever"}"#] {
        let (messages, answers) = exchange(format!("{line}\n\u{feff}{PING}").as_bytes(), 1000).await;
        assert_eq!(messages.last().map(|message| message["method"].clone()), Some("ping".into()), "{line:?}");
        assert!(answers.is_empty(), "{line:?}: {answers:?}");
    }
}
