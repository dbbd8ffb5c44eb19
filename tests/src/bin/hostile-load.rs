//! Good callers beside hostile ones: how long the good ones wait, whether any is refused, and whether memory comes back. It ends
//! with an error when one was refused or memory stays. `hostile-load BINARY [--seconds N] [--stalled N]`; times mean something for a
//! release build on a machine that does nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measurement that cannot go on stops, and prints what it found"
)]

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, ExitCode, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use capstan_tests::{
    client::Request,
    mcp::{Client, LEGACY},
    upstream::{Reply, Upstream},
};
use serde_json::json;

const DOCUMENT: &str = include_str!("hostile-load.yaml");
/// Good callers, and how often each calls.
const GOOD: usize = 4;
const EVERY: Duration = Duration::from_millis(20);
/// What may be left in memory when the hostile callers are gone, and what may never be exceeded, in MiB.
const LEFT: u64 = 160;
const MOST: u64 = 1024;

/// The process under test.
struct Server {
    child: Child,
    rest: SocketAddr,
    mcp: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start(binary: &str, upstream: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("capability.yaml"), DOCUMENT.replace("UPSTREAM", upstream)).unwrap();
        let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (rest, mcp) = (free(), free());
        let child = Command::new(binary)
            .args(["serve", "capability.yaml", "--log-level", "error"])
            .args(["--listen", &format!("9431={rest}"), "--listen", &format!("9432={mcp}")])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let end = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(rest).is_err() || TcpStream::connect(mcp).is_err() {
            assert!(Instant::now() < end, "it does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Self { child, rest, mcp, _folder: folder }
    }

    /// Resident memory in MiB.
    fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
        line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// How long good callers waited, sorted, and how many were not served.
struct Served {
    times: Vec<Duration>,
    refused: u64,
}

impl Served {
    fn at(&self, share: f64) -> f64 {
        let at = ((self.times.len() as f64 - 1.0) * share) as usize;
        self.times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    }
}

/// Calls of every kind for so long.
fn good(server: &Server, time: Duration) -> Served {
    let refused = Arc::new(AtomicU64::new(0));
    let callers = (0..GOOD).map(|nth| {
        let (rest, mcp, refused) = (server.rest, server.mcp, refused.clone());
        thread::spawn(move || {
            let (mut times, end, client) = (Vec::new(), Instant::now() + time, Client::modern(mcp, "/mcp"));
            let mut call = nth;
            while Instant::now() < end {
                let begun = Instant::now();
                call += 1;
                let status = match call % 3 {
                    0 => Request::new("GET", "/orders").send(rest),
                    1 => Request::new("POST", "/orders").json(r#"{"note": "small"}"#).send(rest),
                    _ => client.tool("list_orders", json!({})).map(|answer| answer.http),
                };
                times.push(begun.elapsed());
                let status = status.map_or(0, |answer| answer.status());
                if status != 200 {
                    refused.fetch_add(1, Ordering::Relaxed);
                    eprintln!("not served: {call} {status}");
                }
                thread::sleep(EVERY.saturating_sub(begun.elapsed()));
            }
            times
        })
    });
    let callers: Vec<_> = callers.collect();
    let mut times: Vec<Duration> = callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect();
    times.sort_unstable();
    Served { times, refused: refused.load(Ordering::Relaxed) }
}

/// Connections that begin something and do not go on.
fn stalled(server: &Server, count: usize) -> Vec<TcpStream> {
    let head = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000000\r\n\r\n{{"
        )
    };
    let begin = |nth: usize| {
        let to = if nth.is_multiple_of(2) { server.rest } else { server.mcp };
        let mut stream = TcpStream::connect(to).ok()?;
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
    };
    (0..count).filter_map(begin).collect()
}

/// Does something hostile again and again.
fn again(stop: &Arc<AtomicBool>, pause: Duration, mut act: impl FnMut() + Send + 'static) -> thread::JoinHandle<()> {
    let stop = stop.clone();
    thread::spawn(move || {
        while !stop.load(Ordering::Relaxed) {
            act();
            thread::sleep(pause);
        }
    })
}

/// Everything hostile that goes on while the good callers call.
fn hostile(server: &Server, stop: &Arc<AtomicBool>) -> Vec<thread::JoinHandle<()>> {
    let (rest, mcp) = (server.rest, server.mcp);
    let params = json!({"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).to_string();
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let long = vec![b' '; 12 << 20];
    let mut dripping: Vec<TcpStream> = Vec::new();
    let mut unread: Vec<TcpStream> = Vec::new();
    vec![
        again(stop, Duration::from_millis(5), move || {
            let _ = Request::new("POST", "/mcp").json(hello.clone()).send(mcp);
        }),
        again(stop, Duration::from_millis(100), move || {
            let _ = Request::new("POST", "/orders").json(deep.clone()).send(rest);
            let _ = Request::new("POST", "/mcp").json(deep.clone()).send(mcp);
        }),
        again(stop, Duration::from_millis(500), move || {
            let _ = Request::new("POST", "/orders").json(long.clone()).send(rest);
        }),
        again(stop, Duration::from_millis(50), move || {
            if dripping.len() < 200
                && let Ok(mut stream) = TcpStream::connect(rest)
            {
                let head = "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n";
                let _ = stream.write_all(head.as_bytes());
                dripping.push(stream);
            }
            dripping.retain_mut(|stream| stream.write_all(b" ").is_ok());
        }),
        again(stop, Duration::from_millis(100), move || {
            if let Ok(mut stream) = TcpStream::connect(rest) {
                let _ = stream.write_all(b"GET /pass/huge HTTP/1.1\r\nHost: localhost\r\n\r\n");
                let _ = stream.read(&mut [0; 512]);
                unread.push(stream);
            }
            if unread.len() > 100 {
                unread.remove(0);
            }
        }),
    ]
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, usual: u64| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)?.parse().ok()).unwrap_or(usual)
    };
    let binary = arguments.get(1).expect("hostile-load BINARY [--seconds N] [--stalled N]");
    let time = Duration::from_secs(number("--seconds", 60));
    let upstream = Upstream::start();
    upstream.answer_at("GET", "/huge", Reply { body: vec![b' '; 8 << 20], ..Reply::default() });
    let server = Server::start(binary, &upstream.url());
    good(&server, time / 8);
    let quiet = good(&server, time / 2);
    let before = server.memory();
    let stop = Arc::new(AtomicBool::new(false));
    let held = stalled(&server, usize::try_from(number("--stalled", 1000)).unwrap());
    let acts = hostile(&server, &stop);
    let loud = good(&server, time);
    let during = server.memory();
    stop.store(true, Ordering::Relaxed);
    acts.into_iter().for_each(|act| act.join().unwrap());
    let stalled = held.len();
    drop((held, upstream.take()));
    // It comes back by itself.
    let end = Instant::now() + Duration::from_secs(60);
    while server.memory() > before + LEFT && Instant::now() < end {
        thread::sleep(Duration::from_millis(100));
    }
    let after = server.memory();
    let refused = quiet.refused + loud.refused;
    for (name, served) in [("quiet", &quiet), ("hostile", &loud)] {
        println!(
            "{name:>8}: {:>6} calls, p50 {:.2} ms, p99 {:.2} ms",
            served.times.len(),
            served.at(0.5),
            served.at(0.99)
        );
    }
    println!("     p99: {:.2} times that of quiet", loud.at(0.99) / quiet.at(0.99).max(0.01));
    println!(
        "  memory: {before} MiB before, {during} MiB with {stalled} stalled connections and the rest, {after} MiB after"
    );
    println!(" refused: {refused}");
    if refused == 0 && after <= before + LEFT && during <= MOST { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
