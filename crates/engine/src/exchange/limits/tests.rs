//! Places and rates: who goes, who waits, who is refused.

use std::{future::Future, io, pin::Pin, sync::Mutex, time::SystemTime};

use super::*;
use crate::base::fault::FaultKind;

/// A machine on which time stands still, or on which every wait is over.
struct Time {
    stands: bool,
}

impl Host for Time {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn random(&self, _: &mut [u8]) {}

    fn read(&self, _: &str) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        if self.stands { Box::pin(std::future::pending()) } else { Box::pin(async {}) }
    }
}

fn limits(concurrency: Option<u32>, rate: Option<Rate>, queue: u32) -> Limits {
    Limits { concurrency, rate, queue, queue_timeout_ms: 60_000 }
}

#[tokio::test]
async fn who_finds_no_place_waits_and_who_finds_no_queue_is_refused() {
    let limiter = Limiter::new(limits(Some(1), None, 1));
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let progress: crate::base::invocation::Progress = Arc::new(move |report: Report<'_>| {
        if let Report::Queued(why) = report {
            heard.lock().unwrap().push(why.to_owned());
        }
    });
    let invocation = Invocation { progress: Some(progress), ..Invocation::default() };
    let enter = async |stands| limiter.enter(&Time { stands }, &invocation, "api").await;
    let first = enter(true).await.unwrap();
    let (second, third, ()) = tokio::join!(enter(true), enter(true), async { drop(first) });
    assert!(second.is_ok());
    let fault = third.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Overload(Overload::Limit));
    assert_eq!((fault.status().as_u16(), fault.retry_after), (429, Some(A_WHILE)));
    assert_eq!(*told.lock().unwrap(), ["waiting for one of 1 places at `api`, 0 before"]);
    // The place is taken by the second, so that the next waits until it is too late.
    let late = enter(false).await.unwrap_err();
    assert!(late.detail.contains("within 60 s"), "{}", late.detail);
    drop(second);
    assert!(enter(true).await.is_ok());
}

#[test]
fn a_rate_allows_a_burst_and_then_keeps_its_pace() {
    let limiter = Limiter::new(limits(None, None, 10));
    let rate = Rate { count: 10, per_ms: 1_000 };
    let start = 1_800_000_000_000_000;
    let reserve = |now: u64| limiter.reserve(rate, start + now, Duration::from_secs(1));
    for _ in 0..10 {
        assert_eq!(reserve(0), Ok(Duration::ZERO));
    }
    assert_eq!(reserve(0), Ok(Duration::from_millis(100)));
    assert_eq!(reserve(0), Ok(Duration::from_millis(200)));
    assert_eq!(reserve(150_000), Ok(Duration::from_millis(150)));
    assert_eq!(reserve(5_000_000), Ok(Duration::ZERO));
    for _ in 0..19 {
        assert!(reserve(5_000_000).is_ok());
    }
    // The wait would be longer than one may be: nothing is taken.
    assert_eq!(reserve(5_000_000), Err(Duration::from_millis(1_100)));
    assert_eq!(reserve(5_100_000), Ok(Duration::from_secs(1)));
}
