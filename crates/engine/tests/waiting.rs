//! What a job that waits keeps in memory. Alone in its process, because every allocation of it is counted.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]

#[path = "jobs/fixture.rs"]
mod fixture;
#[path = "upstream/raw.rs"]
mod raw;

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use capstan_engine::{Host, SameCall, SystemHost};

use self::fixture::{begin, engine_on, jobs, pending, plan};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// The most bytes a job may keep between two questions: ten thousand of them fit into 100 MB, with what an allocator adds.
const MOST: usize = 7 << 10;

/// A machine on which the second wait of a job never ends: each is asked for once, then waits.
struct Still(AtomicUsize);

impl Host for Still {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_800_000_000)
    }

    fn random(&self, buffer: &mut [u8]) {
        SystemHost.random(buffer);
    }

    fn read(&self, _: &str) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        // The first wait of a job is the only one below 600 ms.
        if time < Duration::from_millis(600) {
            return Box::pin(async {});
        }
        self.0.fetch_add(1, Ordering::SeqCst);
        // As large as the timer of a real machine.
        Box::pin(tokio::time::sleep(Duration::from_secs(3_600)))
    }
}

/// Begins jobs and waits until each of them waits for its second question.
async fn begun(engine: &Arc<capstan_engine::Engine>, host: &Still, count: usize) {
    let before = host.0.load(Ordering::SeqCst);
    for _ in 0..count {
        begin(engine, "a cat", SameCall::Never).await.unwrap();
    }
    while host.0.load(Ordering::SeqCst) < before + count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_job_that_waits_keeps_little() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let upstream = jobs(|_| pending()).await;
    let host = Arc::new(Still(AtomicUsize::new(0)));
    let engine = engine_on(plan(&upstream.base, |_, _| {}), Arc::clone(&host) as Arc<dyn Host>, None);
    let count = || {
        *upstream.seen.lock().unwrap() = Vec::new();
        dhat::HeapStats::get().curr_bytes
    };
    begun(&engine, &host, 50).await;
    let before = count();
    begun(&engine, &host, 200).await;
    let each = (count() - before) / 200;
    assert!(each < MOST, "{each} bytes a job");
}
