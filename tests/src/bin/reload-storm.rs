//! A storm of reloads under steady load, and how long a save takes to be served. `benches/reload-storm` runs it. It ends with an
//! error when a request failed, when an answer mixed two versions, or when memory grew.

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
    io::{BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::ExitCode,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use capstan_tests::{
    capstan::{Capstan, Run},
    client::Request,
    wire::{self, Kind},
};
use serde_json::{Value, json};

/// Requests a second.
const REST: u32 = 300;
const MCP: u32 = 100;
/// Threads for each.
const CLIENTS: u32 = 4;

fn main() -> ExitCode {
    let number = |name: &str, usual: usize| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual);
    let (reloads, calm) = (number("RELOADS", 1000), number("CALM_SECONDS", 15));
    let upstream = upstream();
    let sound = storm(upstream, 100, reloads, Duration::from_secs(calm as u64));
    for n in [100, number("MANY", 2000)] {
        latency(upstream, n);
    }
    if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// An upstream that answers with the version in the path and the one in the query.
fn upstream() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || answer(&stream));
        }
    });
    address
}

fn answer(stream: &TcpStream) {
    stream.set_nodelay(true).unwrap();
    let (mut to, mut from) = (stream, BufReader::new(stream));
    while let Ok(Some(request)) = wire::read(&mut from, Kind::Request) {
        let target = request.start.split(' ').nth(1).unwrap_or_default().to_owned();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let body = json!({"path": path.trim_start_matches('/'), "query": query.trim_start_matches("tag=")}).to_string();
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        if to.write_all(format!("{head}{body}").as_bytes()).is_err() {
            return;
        }
    }
}

fn document(upstream: SocketAddr, id: &str, version: usize, broken: bool) -> String {
    let call = if broken { "up.nothing" } else { "up.get" };
    let tag = format!("{id}-{version}");
    format!(
        "naftiko: 1.0.0-alpha2\ninfo:\n  label: {id}\n  description: A storm.\ncapability:\n  consumes:\n  - type: http\n    \
         namespace: up\n    baseUri: http://{upstream}\n    resources:\n    - name: r\n      path: /{tag}\n      \
         operations:\n      - name: get\n        method: GET\n        inputParameters:\n        - name: tag\n          \
         in: query\n          value: {tag}\n  exposes:\n  - type: rest\n    namespace: {id}-rest\n    port: 8080\n    \
         resources:\n    - path: /get\n      operations:\n      - name: get\n        method: GET\n        call: {call}\n  \
         - type: mcp\n    namespace: {id}-mcp\n    port: 9090\n    description: A storm.\n    tools:\n    - name: get\n      \
         description: Gets.\n      call: {call}\n"
    )
}

fn id(n: usize) -> String {
    format!("c{n:04}")
}

fn save(folder: &Path, upstream: SocketAddr, n: usize, version: usize, broken: bool) {
    let beside = folder.join(format!(".{n}.tmp"));
    fs::write(&beside, document(upstream, &id(n), version, broken)).unwrap();
    fs::rename(beside, folder.join(format!("{}.yaml", id(n)))).unwrap();
}

fn start(upstream: SocketAddr, folder: &Path, capabilities: usize, more: &[&str]) -> (Capstan, SocketAddr, SocketAddr) {
    (0..capabilities).for_each(|n| save(folder, upstream, n, 0, false));
    let args = [".", "--gateway", "127.0.0.1:0", "--control", "127.0.0.1:0", "--log-level", "error"];
    let args: Vec<&str> = args.iter().chain(more).copied().collect();
    let capstan = Run::new(&args).serve(folder).unwrap_or_else(|ended| panic!("{ended:?}"));
    let (gateway, control) = (capstan.address("rest", None).unwrap(), capstan.address("control", None).unwrap());
    (capstan, gateway, control)
}

fn metric(control: SocketAddr, name: &str) -> f64 {
    let text = Request::new("GET", "/metrics").send(control).unwrap().text();
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.and_then(|value| value.parse().ok()).unwrap_or(f64::NAN)
}

/// What the load saw.
#[derive(Default)]
struct Seen {
    failed: AtomicU64,
    mixed: AtomicU64,
    /// Microseconds, without and with reloads.
    took: [Mutex<Vec<u64>>; 2],
    storming: AtomicBool,
    stop: AtomicBool,
    first: Mutex<Option<String>>,
}

impl Seen {
    fn wrong(&self, count: &AtomicU64, what: String) {
        count.fetch_add(1, Ordering::Relaxed);
        self.first.lock().unwrap().get_or_insert(what);
    }
}

/// Asks at a fixed rate on one connection.
fn load(gateway: SocketAddr, capabilities: usize, client: u32, mcp: bool, seen: &Seen) {
    let pause = Duration::from_secs(1) * CLIENTS / if mcp { MCP } else { REST };
    let connect = || {
        let stream = TcpStream::connect(gateway).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    };
    let mut stream = connect();
    let mut from = BufReader::new(stream.try_clone().unwrap());
    let mut n = client as usize * 7;
    let mut next = Instant::now();
    while !seen.stop.load(Ordering::Relaxed) {
        n = (n + 13) % capabilities;
        next += pause;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        let request = if mcp { call(gateway, &id(n)) } else { get(gateway, &id(n)) };
        let storming = seen.storming.load(Ordering::Relaxed);
        let began = Instant::now();
        let answer = stream.write_all(request.as_bytes()).and_then(|()| wire::read(&mut from, Kind::Response));
        let took = began.elapsed();
        match answer {
            Ok(Some(answer)) if answer.status() == 200 && answer.complete => {
                let mut body: Value = serde_json::from_str(&answer.text()).unwrap_or_default();
                if mcp {
                    body = body["result"]["structuredContent"].take();
                }
                let (path, query) = (body["path"].as_str().unwrap_or("-"), body["query"].as_str().unwrap_or("+"));
                if path != query {
                    seen.wrong(&seen.mixed, format!("{path} and {query}: {}", answer.text()));
                } else if !path.starts_with(&id(n)) {
                    seen.wrong(&seen.failed, format!("{} answered {path}", id(n)));
                }
            }
            other => {
                seen.wrong(&seen.failed, format!("{other:?}"));
                stream = connect();
                from = BufReader::new(stream.try_clone().unwrap());
            }
        }
        if !mcp {
            seen.took[usize::from(storming)].lock().unwrap().push(u64::try_from(took.as_micros()).unwrap());
        }
    }
}

fn get(host: SocketAddr, id: &str) -> String {
    format!("GET /{id}/get HTTP/1.1\r\nhost: {host}\r\n\r\n")
}

fn call(host: SocketAddr, id: &str) -> String {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "storm", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({"name": "get", "arguments": {}, "_meta": meta});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string();
    format!(
        "POST /{id}/mcp HTTP/1.1\r\nhost: {host}\r\naccept: application/json, text/event-stream\r\n\
         content-type: application/json\r\nmcp-protocol-version: 2026-07-28\r\nmcp-method: tools/call\r\nmcp-name: get\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn storm(upstream: SocketAddr, capabilities: usize, reloads: usize, calm: Duration) -> bool {
    let folder = tempfile::TempDir::new().unwrap();
    let (capstan, gateway, control) = start(upstream, folder.path(), capabilities, &[]);
    let seen = Arc::new(Seen::default());
    let clients: Vec<_> = (0..CLIENTS)
        .flat_map(|client| [(client, false), (client, true)])
        .map(|(client, mcp)| {
            let seen = seen.clone();
            std::thread::spawn(move || load(gateway, capabilities, client, mcp, &seen))
        })
        .collect();
    // What is made on first use is made, before anything is counted.
    std::thread::sleep(Duration::from_secs(3));
    seen.took[0].lock().unwrap().clear();
    std::thread::sleep(calm);
    seen.storming.store(true, Ordering::Relaxed);
    let began = Instant::now();
    let (mut memory, mut rejected, mut milliseconds) = (Vec::new(), 0, Vec::new());
    for round in 1..=reloads {
        let (n, broken) = (round * 37 % capabilities, round % 10 == 0);
        save(folder.path(), upstream, n, round, broken);
        let answer = Request::new("POST", "/config/reload").send(control).unwrap();
        let outcome: Value = serde_json::from_str(&answer.text()).unwrap();
        milliseconds.push(outcome["milliseconds"].as_u64().unwrap());
        rejected += usize::from(!outcome["rejected"].as_array().is_none_or(Vec::is_empty));
        if broken {
            save(folder.path(), upstream, n, round, false);
        }
        if round % 50 == 0 || round == reloads {
            memory.push((round, metric(control, "process_resident_memory_bytes") / 1e6));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let storm = began.elapsed();
    seen.stop.store(true, Ordering::Relaxed);
    clients.into_iter().for_each(|client| client.join().unwrap());
    let p99 = |which: usize| {
        let mut all = seen.took[which].lock().unwrap().clone();
        all.sort_unstable();
        let at = |part: f64| all[((all.len() - 1) as f64 * part) as usize] as f64 / 1000.0;
        (all.len(), at(0.5), at(0.99))
    };
    let ((n0, half0, p0), (n1, half1, p1)) = (p99(0), p99(1));
    let (failed, mixed) = (seen.failed.load(Ordering::Relaxed), seen.mixed.load(Ordering::Relaxed));
    let at = |wanted: usize| memory.iter().find(|(round, _)| *round >= wanted).map_or(f64::NAN, |(_, mb)| *mb);
    let (early, last) = (at(reloads.min(100)), memory.last().unwrap().1);
    milliseconds.sort_unstable();
    println!(
        "storm: {capabilities} capabilities, {reloads} reloads in {:.1} s, {rejected} with a broken document",
        storm.as_secs_f64()
    );
    println!("  load: {REST} REST and {MCP} MCP requests/s; {} generations", metric(control, "capstan_generation"));
    println!("  failed requests: {failed}");
    println!("  answers that mix versions: {mixed}");
    println!("  REST latency without reloads: median {half0:.2} ms, p99 {p0:.2} ms ({n0} requests)");
    println!("  REST latency during reloads:  median {half1:.2} ms, p99 {p1:.2} ms ({n1} requests)");
    println!("  p99 ratio: {:.2}", p1 / p0);
    println!(
        "  reload: median {} ms, p99 {} ms",
        milliseconds[milliseconds.len() / 2],
        milliseconds[milliseconds.len() * 99 / 100]
    );
    println!("  memory: {early:.1} MB after {} reloads, {last:.1} MB at the end", reloads.min(100));
    if let Some(first) = &*seen.first.lock().unwrap() {
        println!("  first failure: {first}");
        println!("{}", capstan.log());
    }
    failed == 0 && mixed == 0 && last < early * 1.1
}

/// From a save to the first answer of the new version, the quiet period not counted: the reload is asked for.
fn latency(upstream: SocketAddr, capabilities: usize) {
    let folder = tempfile::TempDir::new().unwrap();
    let (_capstan, gateway, control) = start(upstream, folder.path(), capabilities, &["--no-watch"]);
    // Files that were just written are not trusted to be what they were.
    std::thread::sleep(Duration::from_secs(3));
    Request::new("POST", "/config/reload").send(control).unwrap();
    let mut took = Vec::new();
    for round in 1..=30 {
        let n = round * 31 % capabilities;
        save(folder.path(), upstream, n, round, false);
        let began = Instant::now();
        let outcome = Request::new("POST", "/config/reload").send(control).unwrap();
        assert!(outcome.text().contains("\"applied\""), "{}", outcome.text());
        let answer = Request::new("GET", &format!("/{}/get", id(n))).send(gateway).unwrap();
        took.push(began.elapsed());
        assert!(answer.text().contains(&format!("{}-{round}\"", id(n))), "{}", answer.text());
        std::thread::sleep(Duration::from_millis(150));
    }
    took.sort_unstable();
    let ms = |at: usize| took[at].as_secs_f64() * 1000.0;
    println!("save to serving, 1 of {capabilities}: median {:.1} ms, worst of 30 {:.1} ms", ms(15), ms(29));
}
