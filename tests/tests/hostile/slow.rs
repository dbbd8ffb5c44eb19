//! Callers who stall or drip, before a request, in it, after it and while they are answered; and callers who are merely slow.

use std::{
    io::{Read as _, Write as _},
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use capstan_tests::{
    mcp::LEGACY,
    upstream::{Manner, Reply},
};
use serde_json::json;

use super::site::{Site, head, rest_of, sent, until};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Sends bytes one at a time until the server closes the connection; gives up, and so fails, much later.
fn drips(to: SocketAddr, first: &str, pause: Duration) -> String {
    let mut stream = sent(to, first);
    stream.set_read_timeout(Some(pause)).unwrap();
    let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
    let end = Instant::now() + Duration::from_secs(60);
    while Instant::now() < end {
        let dripped = stream.write_all(b"x").is_ok();
        match stream.read(&mut piece) {
            Ok(0) => return String::from_utf8_lossy(&answer).into_owned(),
            Ok(read) => answer.extend_from_slice(&piece[..read]),
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_) => return String::from_utf8_lossy(&answer).into_owned(),
        }
        if !dripped && !answer.is_empty() {
            return String::from_utf8_lossy(&answer).into_owned();
        }
    }
    panic!("it is waited for without end")
}

#[test]
fn a_body_that_stalls_or_drips_is_not_waited_for() {
    let site = Site::new(&["--stall-timeout", "500ms", "--min-rate", "1000"]);
    for (address, path, says) in [
        (site.rest(), "/orders", "\"code\":\"body-too-slow\""),
        (site.rest(), "/pass/orders", "body-too-slow"),
        (site.mcp(), "/mcp", "-32600"),
    ] {
        let begun = head("POST", path, 100_000) + "{\"note\": \"";
        let answer = rest_of(&mut sent(address, &begun));
        assert!(answer.starts_with("HTTP/1.1 408 "), "{path}: {answer}");
        assert!(answer.contains(says), "{path}: {answer}");
        let answer = drips(address, &begun, Duration::from_millis(20));
        assert!(answer.starts_with("HTTP/1.1 408 "), "{path}: {answer}");
        let chunked = begun
            .replace("Content-Length: 100000", "Transfer-Encoding: chunked")
            .replace("{\"note\": \"", "5\r\n{\"no");
        let answer = rest_of(&mut sent(address, &chunked));
        assert!(answer.starts_with("HTTP/1.1 408 "), "{path}: {answer}");
    }
    assert!(site.upstream.take().iter().all(|seen| seen.method != "POST" || seen.target == "/orders"));
    assert_eq!(site.list().status(), 200);
}

#[test]
fn a_body_may_take_so_long_in_all() {
    let site = Site::new(&["--body-timeout", "1s", "--min-rate", "1"]);
    let answer = drips(site.rest(), &(head("POST", "/orders", 100_000) + "{\"note\": \""), Duration::from_millis(50));
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[test]
fn a_head_that_stalls_or_drips_ends_the_connection() {
    let site = Site::new(&["--header-timeout", "500ms"]);
    for address in [site.rest(), site.mcp()] {
        for begun in [
            &b""[..],
            b"G",
            b"GET /orders HTTP/1.1\r\nHost: localhost\r\nX-A: ",
            &PREFACE[..3],
            &PREFACE[..23],
            PREFACE,
            // Settings, and half of a frame's head.
            &[PREFACE, &[0, 0, 0, 4, 0, 0, 0, 0, 0], &[0, 0, 9]].concat(),
        ] {
            rest_of(&mut sent(address, begun));
        }
        drips(address, "GET /orders HTTP/1.1\r\nHost: localhost\r\nX-A: ", Duration::from_millis(50));
    }
    // The next request of a connection is a request like the first.
    let mut kept = sent(site.rest(), "GET /orders HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut piece = [0; 4096];
    assert!(kept.read(&mut piece).unwrap() > 0);
    kept.write_all(b"GET /orders HTTP/1.1\r\nHo").unwrap();
    rest_of(&mut kept);
}

#[test]
fn a_kept_connection_that_is_not_used_ends() {
    let site = Site::new(&["--idle-timeout", "500ms"]);
    for address in [site.rest(), site.mcp()] {
        let mut kept = sent(address, "GET /orders HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert!(rest_of(&mut kept).starts_with("HTTP/1.1 "));
    }
}

#[test]
fn an_answer_nobody_takes_is_given_up() {
    let site = Site::new(&["--stall-timeout", "500ms", "--min-rate", "1000"]);
    let body = vec![b' '; 64 << 20];
    site.upstream.answer(Reply { body, manner: Manner::Whole, ..Reply::default() });
    let mut stream = sent(site.rest(), "GET /pass/orders HTTP/1.1\r\nHost: localhost\r\n\r\n");
    // Nothing is read until the server has given up.
    until("the connection is given up", || (site.connections(site.rest()) == 0).then_some(()));
    assert!(rest_of(&mut stream).len() < 64 << 20, "not all of it can have come");
}

#[test]
fn slow_readers_streams_and_long_answers_are_waited_for() {
    let site = Site::new(&["--stall-timeout", "1s", "--idle-timeout", "1s", "--header-timeout", "1s"]);
    // A stream of notifications, which is silent.
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}});
    let open = capstan_tests::client::Request::new("POST", "/mcp").json(hello.to_string());
    let opened = open.with("Accept", "application/json, text/event-stream").send(site.mcp()).unwrap();
    let session = opened.header("mcp-session-id").expect("a session").to_owned();
    let listen = format!(
        "GET /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nMcp-Session-Id: {session}\r\n\
         MCP-Protocol-Version: {LEGACY}\r\n\r\n"
    );
    let mut stream = sent(site.mcp(), listen);
    let mut piece = vec![0; 64 << 10];
    assert!(stream.read(&mut piece).unwrap() > 0);
    // An answer whose beginning is long in coming.
    site.upstream.answer_at("GET", "/slow", Reply::default().sent(Manner::Drip(Duration::from_millis(300))));
    let slow = thread::spawn({
        let to = site.rest();
        move || capstan_tests::client::Request::new("GET", "/pass/slow").send(to)
    });
    // A reader who takes its time for every piece.
    site.upstream.answer(Reply { body: vec![b' '; 4 << 20], ..Reply::default() });
    let mut reader = sent(site.rest(), "GET /pass/orders HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let mut read = 0;
    loop {
        match reader.read(&mut piece).expect("the answer goes on") {
            0 => break,
            more => read += more,
        }
        thread::sleep(Duration::from_millis(20));
    }
    assert!(read > 4 << 20, "{read}");
    assert!(slow.join().unwrap().expect("it comes").complete);
    thread::sleep(Duration::from_secs(3));
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let still = stream.read(&mut piece);
    assert!(!matches!(still, Ok(0)), "the stream of notifications has ended");
}
