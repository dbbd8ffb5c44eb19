//! The hostile callers, in a process of their own: connections that begin something and do not go on, and what they do again and
//! again. They live from a line with the server's addresses to the end of their input.

use std::{
    io::{BufRead as _, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    process::{Child, ChildStdin, Stdio},
    thread,
    time::Duration,
};

use capstan_tests::{
    client::Request,
    mcp::LEGACY,
    upstream::{Reply, Upstream},
};
use serde_json::json;

use super::process;

/// The process of the hostile callers, as the one that measures sees it.
pub struct Hostile {
    child: Child,
    orders: Option<ChildStdin>,
    /// Where their upstream is, which has huge answers.
    pub upstream: String,
}

impl Hostile {
    /// Starts them on a core of their own, where there are two; they wait.
    pub fn start(stalled: usize) -> Self {
        let this = std::env::current_exe().unwrap();
        let mut child = process::on_core(0, &this)
            .args(["hostile", &stalled.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut upstream = String::new();
        std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut upstream).unwrap();
        Self { orders: child.stdin.take(), child, upstream: upstream.trim().to_owned() }
    }

    /// They begin.
    pub fn begin(&mut self, rest: SocketAddr, mcp: SocketAddr) {
        writeln!(self.orders.as_mut().unwrap(), "{rest} {mcp}").unwrap();
    }

    /// The time they had of a processor.
    pub fn busy(&self) -> Duration {
        process::busy(self.child.id())
    }

    /// They are gone, with all their connections.
    pub fn end(mut self) {
        drop(self.orders.take());
        self.child.wait().unwrap();
    }
}

/// What the process of the hostile callers does.
pub fn run(stalled: usize) {
    let upstream = Upstream::start();
    upstream.answer_at("GET", "/huge", Reply { body: vec![b' '; 8 << 20], ..Reply::default() });
    println!("{}", upstream.url());
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let Some((rest, mcp)) = line.trim().split_once(' ') else { return };
    let (rest, mcp) = (rest.parse().unwrap(), mcp.parse().unwrap());
    let _held: Vec<TcpStream> = (0..stalled).filter_map(|nth| begun(nth, rest, mcp)).collect();
    attack(rest, mcp);
    // The end of the input.
    let _ = std::io::stdin().read(&mut [0]);
}

/// A connection that begins something and does not go on.
fn begun(nth: usize, rest: SocketAddr, mcp: SocketAddr) -> Option<TcpStream> {
    let head = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000000\r\n\r\n{{"
        )
    };
    let mut stream = TcpStream::connect(if nth.is_multiple_of(2) { rest } else { mcp }).ok()?;
    stream.set_write_timeout(Some(Duration::from_secs(5))).ok()?;
    let bytes: Vec<u8> = match nth % 6 {
        0 => Vec::new(),
        1 => b"POST /mcp HTTP/1.1\r\nHost: local".to_vec(),
        2 => b"PRI * HTTP/2.0\r\n\r\nSM".to_vec(),
        3 => head("/mcp").into_bytes(),
        4 => [head("/orders").into_bytes(), vec![b' '; 100_000]].concat(),
        _ => b"GET /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
    };
    // It may be closed already.
    let _ = stream.write_all(&bytes);
    Some(stream)
}

/// Does something hostile again and again, to the end of the process.
fn again(pause: Duration, mut act: impl FnMut() + Send + 'static) {
    thread::spawn(move || {
        loop {
            act();
            thread::sleep(pause);
        }
    });
}

/// Everything hostile that goes on while good callers call.
fn attack(rest: SocketAddr, mcp: SocketAddr) {
    let params = json!({"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).to_string();
    again(Duration::from_millis(5), move || {
        let _ = Request::new("POST", "/mcp").json(hello.clone()).send(mcp);
    });
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    again(Duration::from_millis(100), move || {
        let _ = Request::new("POST", "/orders").json(deep.clone()).send(rest);
        let _ = Request::new("POST", "/mcp").json(deep.clone()).send(mcp);
    });
    let long = vec![b' '; 12 << 20];
    again(Duration::from_millis(500), move || {
        let _ = Request::new("POST", "/orders").json(long.clone()).send(rest);
    });
    let mut dripping: Vec<TcpStream> = Vec::new();
    again(Duration::from_millis(50), move || {
        if dripping.len() < 200
            && let Ok(mut stream) = TcpStream::connect(rest)
        {
            let head = "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n";
            let _ = stream.write_all(head.as_bytes());
            dripping.push(stream);
        }
        dripping.retain_mut(|stream| stream.write_all(b" ").is_ok());
    });
    let mut unread: Vec<TcpStream> = Vec::new();
    again(Duration::from_millis(100), move || {
        if let Ok(mut stream) = TcpStream::connect(rest) {
            let _ = stream.write_all(b"GET /pass/huge HTTP/1.1\r\nHost: localhost\r\n\r\n");
            let _ = stream.read(&mut [0; 512]);
            unread.push(stream);
        }
        if unread.len() > 100 {
            unread.remove(0);
        }
    });
}
