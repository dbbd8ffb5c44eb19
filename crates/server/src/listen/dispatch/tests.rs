//! Tests of `dispatch`.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    fixture::{self, capability},
    listen::accept::Listening,
    shared::{Limits, Shared},
};

fn start(routes: &[&str], limits: Limits) -> Listening {
    let one = capability("one", &[("r", 1, routes)]);
    let table = fixture::port(&one);
    let shared = Shared::new(capstan_engine::Shared::system(), limits);
    fixture::listen(fixture::snapshot(&[one], Some(table)), shared)
}

async fn ask(listening: &Listening, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    let request = format!(
        "{head} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn what_cannot_be_answered_says_why() {
    let limits = Limits { body: 10, ..Limits::default() };
    let listening = start(&["GET /x/{id} one", "POST /x/{id} two"], limits);
    for (head, body, status, part) in [
        ("GET /x/1", "", 501, "\"code\":\"unresolved-call\",\"file\":\"fixture.yaml\",\"line\":7"),
        ("GET /z", "", 404, "\"code\":\"no-route\""),
        ("DELETE /x/1", "", 405, "allow: GET, HEAD, POST, OPTIONS"),
        ("OPTIONS /x/1", "", 204, "allow: GET, HEAD, POST, OPTIONS"),
        ("POST /x/1", "0123456789", 501, "two calls nothing"),
        ("POST /x/1", "0123456789a", 413, "\"code\":\"body-too-large\""),
        ("HEAD /x/1", "", 501, "content-type: application/problem+json"),
    ] {
        let answer = ask(&listening, head, body).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{head}: {answer}");
        assert!(answer.contains(part), "{head}: {answer}");
        assert!(answer.contains("x-request-id: "), "{head}: {answer}");
    }
    let large = format!("GET /x/1?{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "a".repeat(70_000));
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    // The server may hang up before it has read all of it.
    let _ = stream.write_all(large.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_drain_ends_idle_connections_and_refuses_new_ones() {
    let listening = start(&["GET /x one"], Limits::default());
    let mut idle = TcpStream::connect(listening.address).await.unwrap();
    idle.write_all(b"GET /x HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 501");
    let silent = TcpStream::connect(listening.address).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), listening.drain(Duration::from_secs(20))).await.unwrap();
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.unwrap();
    drop(silent);
    assert!(TcpStream::connect(listening.address).await.is_err());
}
