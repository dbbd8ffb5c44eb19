//! Good callers beside hostile ones: how long the good ones wait, whether any is refused, and whether memory comes back. It ends
//! with an error when one was refused or memory stays. `hostile-load BINARY [--seconds N] [--stalled N]`; times mean something for a
//! release build on a machine that does nothing else.
//!
//! Hostile callers, with what their calls cost them and their own upstream, have the first core to themselves; the server and the
//! good callers share the second, so that good callers notice what the server does for hostile ones, and not what those do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measurement that cannot go on stops, and prints what it found"
)]

mod good;
mod hostile;
mod process;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use capstan_tests::upstream::Upstream;

use good::call;
use hostile::Hostile;
use process::Server;

/// What may be left in memory when the hostile callers are gone, and what may never be exceeded, in MiB.
const LEFT: u64 = 40;
const MOST: u64 = 512;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, usual: u64| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)?.parse().ok()).unwrap_or(usual)
    };
    let binary = arguments.get(1).expect("hostile-load BINARY [--seconds N] [--stalled N]");
    if binary == "hostile" {
        hostile::run(arguments[2].parse().unwrap());
        return ExitCode::SUCCESS;
    }
    let time = Duration::from_secs(number("--seconds", 60));
    let stalled = usize::try_from(number("--stalled", 1000)).unwrap();
    let (upstream, mut hostile) = (Upstream::start(), Hostile::start(stalled));
    let server = Server::start(binary, &upstream.url(), &hostile.upstream);
    let good = |time| call(server.rest, server.mcp, time);
    good(time / 8);
    let quiet = good(time / 2);
    let (before, begun) = (server.memory(), server.busy());
    hostile.begin(server.rest, server.mcp);
    // The first moments are of those who connect.
    let mut most = 0;
    let mut loud = good(time / 20);
    for _ in 0..10 {
        loud = loud.and(good(time / 10));
        most = server.memory().max(most);
    }
    let (busy, attack) = (server.busy() - begun, hostile.busy());
    hostile.end();
    drop(upstream.take());
    // It comes back by itself, with nothing to do but what good callers want.
    let gone = Instant::now();
    let mut refused = quiet.refused + loud.refused;
    while server.memory() > before + LEFT && gone.elapsed() < Duration::from_secs(90) {
        refused += good(Duration::from_secs(1)).refused;
    }
    let (after, took) = (server.memory(), gone.elapsed());
    let again = good(time / 2);
    refused += again.refused;
    let quiet = quiet.and(again);
    for (name, served) in [("quiet", &quiet), ("hostile", &loud)] {
        let (calls, half, most) = (served.times.len(), served.at(0.5), served.at(0.99));
        println!("{name:>8}: {calls:>6} calls, p50 {half:.2} ms, p99 {most:.2} ms");
    }
    println!("     p99: {:.2} times that of quiet", loud.at(0.99) / quiet.at(0.99).max(0.01));
    let share = |busy: Duration| 100.0 * busy.as_secs_f64() / (time.as_secs_f64() * 1.05);
    println!("    core: {:.0} % of one for the server, {:.0} % for the hostile", share(busy), share(attack));
    println!("  memory: {before} MiB before, at most {most} MiB with {stalled} stalled connections and the rest");
    println!("          {after} MiB {:.0} s after; {} MiB at the end", took.as_secs_f64(), server.memory());
    println!(" refused: {refused}");
    if refused == 0 && after <= before + LEFT && most <= MOST { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
