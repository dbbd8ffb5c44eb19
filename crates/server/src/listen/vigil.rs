//! Watches over one connection: whether its caller takes too long for a request's head, or uses it no more. Bodies have a pace of
//! their own; here they count only while the connection drains.

use std::time::Duration;

use tokio::time::Instant;

use crate::{http::traffic::Standing, settings::Patience};

/// While a connection drains, callers who still have to send something are not waited for longer.
const LAST: Duration = Duration::from_secs(5);
/// The longest time between two looks.
const LONGEST: Duration = Duration::from_secs(5);

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes on.
    Stays,
    /// Nobody uses it: it ends in order.
    Idle,
    /// Its caller takes too long: it is cut.
    Late,
}

/// What was seen of a connection.
#[derive(Debug)]
pub(super) struct Vigil {
    patience: Patience,
    draining: Option<Instant>,
    last: Standing,
    /// When something happened last.
    moved: Instant,
    /// When bytes came last.
    read: Instant,
    /// Since when a head is awaited.
    head: Option<Instant>,
}

impl Vigil {
    /// Of a connection that has just begun.
    pub(super) fn new(patience: Patience) -> Self {
        let now = Instant::now();
        Self { patience, draining: None, last: Standing::default(), moved: now, read: now, head: Some(now) }
    }

    /// How long until the next look.
    pub(super) fn pause(&self) -> Duration {
        let shortest = self.patience.head.min(self.patience.idle);
        let shortest = if self.draining.is_some() { shortest.min(self.patience.stall).min(LAST) } else { shortest };
        (shortest / 4).clamp(Duration::from_millis(5), LONGEST)
    }

    /// The connection drains from now on.
    pub(super) fn drain(&mut self) {
        self.draining.get_or_insert_with(Instant::now);
    }

    /// Looks at the connection.
    pub(super) fn look(&mut self, standing: Standing, now: Instant) -> Verdict {
        let last = std::mem::replace(&mut self.last, standing);
        if standing.reads != last.reads {
            self.read = now;
        }
        if standing.begun != last.begun || standing.in_flight > 0 {
            self.head = None;
        }
        if standing.head && standing.in_flight == 0 {
            self.head.get_or_insert(now);
        }
        if standing.in_flight > 0 || standing.begun != last.begun || standing.writes != last.writes {
            self.moved = now;
        }
        self.verdict(now, standing)
    }

    fn verdict(&self, now: Instant, standing: Standing) -> Verdict {
        let Patience { head, idle, stall, .. } = self.patience;
        if let Some(since) = self.draining {
            let late = match (standing.in_flight, standing.receiving) {
                (0, _) => now - since.max(self.moved) >= head.min(LAST),
                (_, 0) => false,
                _ => now - since.max(self.read) >= stall.min(LAST),
            };
            return if late { Verdict::Late } else { Verdict::Stays };
        }
        match self.head {
            Some(since) if now - since >= head => Verdict::Late,
            None if now - self.moved >= idle => Verdict::Idle,
            _ => Verdict::Stays,
        }
    }
}

#[cfg(test)]
mod tests;
