//! Tests of `pace`, in virtual time.

use std::{future::poll_fn, time::Duration};

use tokio::time::{Instant, advance, timeout};

use super::Pace;
use crate::settings::Patience;

fn pace() -> Pace {
    Pace::new(&Patience { stall: Duration::from_secs(10), rate: 100, ..Patience::default() })
}

/// Waits for the peer this long; says whether it was given up.
async fn wait(pace: &mut Pace, seconds: u64) -> bool {
    timeout(Duration::from_secs(seconds), poll_fn(|cx| pace.poll_stalled(cx))).await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn silence_is_given_up_after_a_span() {
    let mut pace = pace();
    let begun = Instant::now();
    assert!(!wait(&mut pace, 9).await);
    assert!(wait(&mut pace, 2).await);
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn dripping_is_silence() {
    let mut pace = pace();
    for second in 0..10 {
        assert!(!wait(&mut pace, 1).await, "after {second} s");
        pace.moved(99);
    }
    assert!(wait(&mut pace, 1).await);
}

#[tokio::test(start_paused = true)]
async fn slow_is_not_too_slow() {
    let mut pace = pace();
    for _ in 0..100 {
        assert!(!wait(&mut pace, 1).await);
        pace.moved(101);
    }
    assert_eq!(pace.waited().as_secs(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_no_credit_for_later() {
    let mut pace = pace();
    assert!(!wait(&mut pace, 1).await);
    pace.moved(1_000_000);
    assert!(!wait(&mut pace, 9).await, "the span with the burst in it is fine");
    assert!(wait(&mut pace, 11).await, "the next one is not");
}

#[tokio::test(start_paused = true)]
async fn only_waiting_counts() {
    let mut pace = pace();
    for _ in 0..20 {
        assert!(!wait(&mut pace, 1).await);
        pace.moved(200);
        // Somebody else is slow meanwhile.
        advance(Duration::from_secs(60)).await;
    }
    assert_eq!(pace.waited().as_secs(), 20);
}
