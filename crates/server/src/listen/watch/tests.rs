//! Tests of `watch`, in virtual time.

use tokio::time::advance;

use super::*;

const PATIENCE: Patience = Patience {
    head: Duration::from_secs(8),
    idle: Duration::from_secs(40),
    stall: Duration::from_secs(10),
    rate: 1,
    body: Duration::from_secs(60),
};

/// The first verdict that is not to stay, and after how many seconds, at most 600.
async fn end(watch: &mut Watch, mut standing: impl FnMut(u64) -> Standing) -> Option<(Verdict, u64)> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(600) {
        advance(watch.pause()).await;
        match watch.look(standing(begun.elapsed().as_secs())) {
            Verdict::Stays => {}
            verdict => return Some((verdict, begun.elapsed().as_secs())),
        }
    }
    None
}

#[tokio::test(start_paused = true)]
async fn a_head_that_never_ends_is_late_however_it_drips() {
    let drips = |second| Standing { reads: u32::try_from(second).unwrap(), head: true, ..Standing::default() };
    assert_eq!(end(&mut Watch::new(PATIENCE), drips).await, Some((Verdict::Late, 8)));
    assert_eq!(end(&mut Watch::new(PATIENCE), |_| Standing::default()).await, Some((Verdict::Late, 8)));
}

#[tokio::test(start_paused = true)]
async fn a_kept_connection_is_idle_later_and_its_next_head_is_late_sooner() {
    let kept = Standing { begun: 1, reads: 1, writes: 1, ..Standing::default() };
    let (verdict, second) = end(&mut Watch::new(PATIENCE), |_| kept).await.unwrap();
    assert_eq!(verdict, Verdict::Idle);
    assert!((40..=44).contains(&second), "{second}");
    let next = |second| Standing { head: second > 20, ..kept };
    let (verdict, second) = end(&mut Watch::new(PATIENCE), next).await.unwrap();
    assert_eq!(verdict, Verdict::Late);
    assert!((28..=32).contains(&second), "{second}");
}

#[tokio::test(start_paused = true)]
async fn streams_and_slow_readers_stay() {
    let stream = Standing { begun: 1, in_flight: 1, ..Standing::default() };
    assert_eq!(end(&mut Watch::new(PATIENCE), |_| stream).await, None);
    let reader = |second| Standing { begun: 1, writes: u32::try_from(second).unwrap(), ..Standing::default() };
    assert_eq!(end(&mut Watch::new(PATIENCE), reader).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_drain_waits_for_answers_and_not_for_callers_who_stall() {
    let draining = || {
        let mut watch = Watch::new(PATIENCE);
        watch.drain();
        watch
    };
    let answering = Standing { begun: 1, in_flight: 1, ..Standing::default() };
    assert_eq!(end(&mut draining(), |_| answering).await, None);
    let stalled = Standing { receiving: 1, ..answering };
    assert_eq!(end(&mut draining(), |_| stalled).await.unwrap().0, Verdict::Late);
    let sending = |second| Standing { reads: u32::try_from(second).unwrap(), ..stalled };
    assert_eq!(end(&mut draining(), sending).await, None);
    let head = Standing { head: true, ..Standing::default() };
    assert_eq!(end(&mut draining(), |_| head).await.unwrap().0, Verdict::Late);
}
