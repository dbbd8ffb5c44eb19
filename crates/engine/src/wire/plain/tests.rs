//! Tests of `plain`.

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::AtomicUsize},
};

use http_body_util::BodyExt as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;

/// Answers `times` requests on each connection, then closes it without a word. Counts connections.
async fn upstream(times: usize, answer: &'static str) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                for _ in 0..times {
                    if stream.read(&mut buffer).await.unwrap_or_default() == 0 {
                        return;
                    }
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    (address, connections)
}

async fn get(pool: &Pool, address: SocketAddr) -> Result<Bytes, Failed> {
    let request = Request::get(format!("http://{address}/x")).body(OutgoingBody::Empty).unwrap();
    let response = pool.send(request).await?;
    response.into_body().collect().await.map(http_body_util::Collected::to_bytes).map_err(Failed::Exchange)
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let (address, connections) = upstream(100, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
    let pool = Pool::new(HttpConnector::new());
    for _ in 0..20 {
        assert_eq!(get(&pool, address).await.unwrap(), "ok");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_connection_given_up_by_its_server_is_replaced() {
    let (address, connections) = upstream(1, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
    let pool = Pool::new(HttpConnector::new());
    for _ in 0..20 {
        assert_eq!(get(&pool, address).await.unwrap(), "ok");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(connections.load(Ordering::SeqCst), 20);
}

#[tokio::test]
async fn a_body_left_unread_closes_its_connection() {
    let (address, connections) = upstream(100, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut").await;
    let pool = Pool::new(HttpConnector::new());
    for _ in 0..3 {
        let request = Request::get(format!("http://{address}/x")).body(OutgoingBody::Empty).unwrap();
        drop(pool.send(request).await.unwrap());
    }
    assert_eq!(connections.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn nobody_listening_is_said_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert!(matches!(get(&Pool::new(HttpConnector::new()), address).await, Err(Failed::Connect(_))));
}
