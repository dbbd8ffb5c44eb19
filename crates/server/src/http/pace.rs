//! Whether a peer that is waited for moves: so many bytes in every span of waiting. Time in which nobody waits does not count, and
//! a peer that is never waited for costs no timer.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep};

use crate::settings::Patience;

/// How one peer moves in one direction.
#[derive(Debug)]
pub(crate) struct Pace {
    span: Duration,
    /// The least that moves in a span.
    least: u64,
    /// Since when it is waited for.
    since: Option<Instant>,
    /// How long it was waited for in this span, before `since`.
    waited: Duration,
    /// What moved in this span.
    moved: u64,
    /// The same for all spans before this one.
    before: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    /// Of a peer that is not waited for yet.
    pub(crate) fn new(patience: &Patience) -> Self {
        let least = patience.stall.as_millis() * u128::from(patience.rate) / 1000;
        Self {
            span: patience.stall,
            least: u64::try_from(least).unwrap_or(u64::MAX).max(1),
            since: None,
            waited: Duration::ZERO,
            moved: 0,
            before: Duration::ZERO,
            timer: None,
        }
    }

    /// These many bytes moved, and nothing is waited for.
    pub(crate) fn moved(&mut self, bytes: usize) {
        self.moved_at(bytes, Instant::now());
    }

    fn moved_at(&mut self, bytes: usize, now: Instant) {
        self.moved += bytes as u64;
        if let Some(since) = self.since.take() {
            self.waited += now - since;
        }
    }

    /// How long the peer was waited for in all.
    pub(crate) fn waited(&self) -> Duration {
        self.waited_at(Instant::now())
    }

    fn waited_at(&self, now: Instant) -> Duration {
        self.before + self.waited + self.since.map(|since| now - since).unwrap_or_default()
    }

    /// Ready when it has been waited for long enough. To be asked whenever there is nothing to move.
    pub(crate) fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.since.is_none() {
            self.since = Some(Instant::now());
        }
        loop {
            if let Some(timer) = &mut self.timer {
                // Looked at when it fires, and not with every byte.
                ready!(timer.as_mut().poll(cx));
            }
            let now = Instant::now();
            let Some(left) = self.left(now) else { return Poll::Ready(()) };
            match &mut self.timer {
                Some(timer) => timer.as_mut().reset(now + left),
                None => self.timer = Some(Box::pin(tokio::time::sleep_until(now + left))),
            }
        }
    }

    /// How much is left of the present span, or of the next one when enough moved in this one; nothing when too little did.
    fn left(&mut self, now: Instant) -> Option<Duration> {
        let since = *self.since.get_or_insert(now);
        let waited = self.waited + (now - since);
        if waited < self.span {
            return Some(self.span - waited);
        }
        if self.moved < self.least {
            return None;
        }
        self.before += waited;
        (self.since, self.waited, self.moved) = (Some(now), Duration::ZERO, 0);
        Some(self.span)
    }
}

#[cfg(test)]
mod tests;
