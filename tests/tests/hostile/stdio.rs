//! Lines on standard input that are no messages.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
};

use capstan_tests::binary;
use serde_json::{Value, json};

use super::site::{PATIENCE, folder};

#[test]
fn every_line_that_is_no_message_is_answered() {
    let folder = folder("http://127.0.0.1:9");
    let mut child = Command::new(binary::path())
        .args([
            "serve",
            "capability.yaml",
            "--listen",
            "9421=127.0.0.1:0",
            "--listen",
            "9422=127.0.0.1:0",
            "--stdio",
            "tools",
        ])
        .current_dir(folder.path())
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut ask = |line: &[u8]| {
        input.write_all(line).unwrap();
        input.write_all(b"\n").unwrap();
        let mut answer = String::new();
        output.read_line(&mut answer).expect("it answers");
        serde_json::from_str::<Value>(&answer).unwrap_or_else(|_| panic!("not JSON: {answer:?}"))
    };
    for (line, code, id) in [
        (&b"this is no JSON"[..], -32700, Value::Null),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,", -32700, Value::Null),
        (b"\xff\xfe", -32700, Value::Null),
        (b"[]", -32700, Value::Null),
        (b"{\"id\":5}", -32600, json!(5)),
    ] {
        let answer = ask(line);
        assert_eq!((&answer["error"]["code"], &answer["id"]), (&json!(code), &id), "{answer}");
    }
    let long = vec![b' '; (10 << 20) + 2];
    assert_eq!(ask(&long)["error"]["code"], -32600);
    let hello =
        json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello});
    assert_eq!(ask(hello.to_string().as_bytes())["result"]["protocolVersion"], "2025-11-25");
    drop(input);
    let end = std::time::Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() {
        assert!(std::time::Instant::now() < end, "it goes on after the end of input");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
