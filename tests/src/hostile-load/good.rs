//! The good callers, and what they notice.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use capstan_tests::{client::Request, mcp::Client};
use serde_json::json;

/// Good callers, and how often each calls.
const GOOD: usize = 4;
const EVERY: Duration = Duration::from_millis(20);

/// How long good callers waited, sorted, and how many were not served.
#[derive(Default)]
pub struct Served {
    pub times: Vec<Duration>,
    pub refused: u64,
}

impl Served {
    /// How long the share of them waited at most, in milliseconds.
    pub fn at(&self, share: f64) -> f64 {
        let at = ((self.times.len() as f64 - 1.0) * share) as usize;
        self.times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    }

    /// With those of another time.
    pub fn and(mut self, more: Self) -> Self {
        self.times.extend(more.times);
        self.times.sort_unstable();
        self.refused += more.refused;
        self
    }
}

/// Calls of every kind for so long.
pub fn call(rest: SocketAddr, mcp: SocketAddr, time: Duration) -> Served {
    let refused = Arc::new(AtomicU64::new(0));
    let callers = (0..GOOD).map(|nth| {
        let refused = refused.clone();
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
