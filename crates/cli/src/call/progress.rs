//! Somebody waits: after a second, a terminal is told for how long already.

use std::{
    future::Future,
    io::{self, IsTerminal as _, Write as _},
    pin::pin,
    time::{Duration, Instant},
};

/// How often it is told.
const BEAT: Duration = Duration::from_secs(1);

/// Waits for `work` and says so.
pub(super) async fn watched<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    if !io::stderr().is_terminal() {
        return work.await;
    }
    let started = Instant::now();
    loop {
        match tokio::time::timeout(BEAT, work.as_mut()).await {
            Ok(done) => {
                if started.elapsed() >= BEAT {
                    tell("\r\x1b[K");
                }
                return done;
            }
            Err(_) => tell(&format!("\r\x1b[Kwaiting for an answer: {} s", started.elapsed().as_secs())),
        }
    }
}

fn tell(text: &str) {
    let mut stderr = io::stderr();
    let _ = write!(stderr, "{text}").and_then(|()| stderr.flush());
}
