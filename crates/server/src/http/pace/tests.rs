//! Tests of `pace`.

use super::*;

/// A peer, and a clock that goes as the test wants.
struct Peer {
    pace: Pace,
    now: Instant,
}

impl Peer {
    fn new() -> Self {
        let patience = Patience { stall: Duration::from_secs(10), rate: 100, ..Patience::default() };
        Self { pace: Pace::new(&patience), now: Instant::now() }
    }

    /// Waits for the peer this long; says whether it was given up.
    fn is_given_up(&mut self, seconds: u64) -> bool {
        let end = self.now + Duration::from_secs(seconds);
        loop {
            match self.pace.left(self.now) {
                None => return true,
                Some(left) if self.now + left > end => break,
                Some(left) => self.now += left,
            }
        }
        self.now = end;
        false
    }

    fn moves(&mut self, bytes: usize) {
        self.pace.moved_at(bytes, self.now);
    }
}

#[test]
fn silence_is_given_up_after_a_span() {
    let mut peer = Peer::new();
    let begun = peer.now;
    assert!(!peer.is_given_up(9));
    assert!(peer.is_given_up(2));
    assert_eq!((peer.now - begun).as_secs(), 10);
}

#[test]
fn dripping_is_silence() {
    let mut peer = Peer::new();
    for second in 0..9 {
        assert!(!peer.is_given_up(1), "after {second} s");
        peer.moves(99);
    }
    assert!(peer.is_given_up(1));
}

#[test]
fn slow_is_not_too_slow() {
    let mut peer = Peer::new();
    for _ in 0..100 {
        peer.moves(101);
        assert!(!peer.is_given_up(1));
    }
    assert_eq!(peer.pace.waited_at(peer.now).as_secs(), 100);
}

#[test]
fn a_burst_is_no_credit_for_later() {
    let mut peer = Peer::new();
    assert!(!peer.is_given_up(1));
    peer.moves(1_000_000);
    assert!(!peer.is_given_up(9), "the span with the burst in it is fine");
    assert!(peer.is_given_up(10), "the next one is not");
}

#[test]
fn only_waiting_counts() {
    let mut peer = Peer::new();
    for _ in 0..20 {
        assert!(!peer.is_given_up(1));
        peer.moves(200);
        // Somebody else is slow meanwhile.
        peer.now += Duration::from_secs(60);
    }
    assert_eq!(peer.pace.waited_at(peer.now).as_secs(), 20);
}

#[test]
fn no_rate_asks_for_something_at_least() {
    let patience = Patience { stall: Duration::from_secs(10), rate: 0, ..Patience::default() };
    let mut peer = Peer { pace: Pace::new(&patience), now: Instant::now() };
    for _ in 0..10 {
        assert!(!peer.is_given_up(9));
        peer.moves(1);
    }
    assert!(peer.is_given_up(20));
}
