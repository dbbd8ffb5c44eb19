//! Tests of `vigil`.

use super::*;

const PATIENCE: Patience = Patience {
    head: Duration::from_secs(8),
    idle: Duration::from_secs(40),
    stall: Duration::from_secs(10),
    rate: 1,
    body: Duration::from_secs(60),
};

/// The first verdict that is not to stay, and after how many seconds, at most 600.
fn end(watch: &mut Vigil, mut standing: impl FnMut(u64) -> Standing) -> Option<(Verdict, u64)> {
    let begun = watch.moved;
    let mut now = begun;
    while now - begun < Duration::from_secs(600) {
        now += watch.pause();
        let second = (now - begun).as_secs();
        match watch.look(standing(second), now) {
            Verdict::Stays => {}
            verdict => return Some((verdict, second)),
        }
    }
    None
}

#[test]
fn a_head_that_never_ends_is_late_however_it_drips() {
    let drips = |second| Standing { reads: u32::try_from(second).unwrap(), head: true, ..Standing::default() };
    assert_eq!(end(&mut Vigil::new(PATIENCE), drips), Some((Verdict::Late, 8)));
    assert_eq!(end(&mut Vigil::new(PATIENCE), |_| Standing::default()), Some((Verdict::Late, 8)));
}

#[test]
fn a_kept_connection_is_idle_later_and_its_next_head_is_late_sooner() {
    let kept = Standing { begun: 1, reads: 1, writes: 1, ..Standing::default() };
    let (verdict, second) = end(&mut Vigil::new(PATIENCE), |_| kept).unwrap();
    assert_eq!(verdict, Verdict::Idle);
    assert!((40..=44).contains(&second), "{second}");
    let next = |second| Standing { head: second > 20, ..kept };
    let (verdict, second) = end(&mut Vigil::new(PATIENCE), next).unwrap();
    assert_eq!(verdict, Verdict::Late);
    assert!((28..=32).contains(&second), "{second}");
}

#[test]
fn streams_and_slow_readers_stay() {
    let stream = Standing { begun: 1, in_flight: 1, ..Standing::default() };
    assert_eq!(end(&mut Vigil::new(PATIENCE), |_| stream), None);
    let reader = |second| Standing { begun: 1, writes: u32::try_from(second).unwrap(), ..Standing::default() };
    assert_eq!(end(&mut Vigil::new(PATIENCE), reader), None);
}

#[test]
fn a_drain_waits_for_answers_and_not_for_callers_who_stall() {
    let draining = || {
        let mut watch = Vigil::new(PATIENCE);
        watch.drain();
        watch
    };
    let answering = Standing { begun: 1, in_flight: 1, ..Standing::default() };
    assert_eq!(end(&mut draining(), |_| answering), None);
    let stalled = Standing { receiving: 1, ..answering };
    assert_eq!(end(&mut draining(), |_| stalled).unwrap().0, Verdict::Late);
    let sending = |second| Standing { reads: u32::try_from(second).unwrap(), ..stalled };
    assert_eq!(end(&mut draining(), sending), None);
    let head = Standing { head: true, ..Standing::default() };
    assert_eq!(end(&mut draining(), |_| head).unwrap().0, Verdict::Late);
}
