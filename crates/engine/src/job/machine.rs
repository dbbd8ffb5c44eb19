//! When to ask, and what an answer means: a pure machine. Time and chance are given to it; it waits for nothing and sends nothing.

use std::time::Duration;

use capstan_plan::{Backoff, JobFailure, Polling};

/// The shortest time between two questions.
const SHORTEST_MS: u64 = 10;

/// The longest time an upstream may ask to wait before it is asked again.
const LONGEST_MS: u64 = 24 * 3_600_000;

/// What a question was answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard<'a> {
    /// An answer with a state.
    State(&'a str),
    /// An answer without one.
    Stateless,
    /// An error status.
    Status(u16),
    /// Nothing: there was no connection, or no whole answer.
    Nothing,
}

/// What to do next.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Next<'p> {
    /// Ask after this time.
    Ask(Duration),
    /// The result is there.
    Succeeded,
    /// It ended in this state, about which the author may have said something.
    Failed(Option<&'p JobFailure>),
    /// Such an answer is not tolerated, or not any more.
    Broken,
    /// It took too long.
    Late,
}

/// Asks until something is over. Moments are milliseconds of one clock; `chance` is a number from 0 to 1.
#[derive(Clone, Debug)]
pub(crate) struct Machine<'p> {
    polling: &'p Polling,
    deadline: u64,
    /// When it last heard something good, or when it may next.
    good: u64,
    asked: i32,
}

impl<'p> Machine<'p> {
    /// Of something that began at `started`, of which nothing was heard since `now`.
    pub(crate) fn new(polling: &'p Polling, started: u64, now: u64) -> Self {
        Self { polling, deadline: started.saturating_add(polling.timeout_ms), good: now, asked: 0 }
    }

    /// How long to wait before the first question. What is resumed is asked for soon.
    pub(crate) fn first(&self, now: u64, chance: f64) -> Duration {
        self.until(now, spread(self.polling.every.first_ms, self.polling.every.jitter, chance))
    }

    /// What follows from an answer, and from the `Retry-After` it came with.
    pub(crate) fn next(&mut self, heard: Heard<'_>, retry_after: Option<Duration>, now: u64, chance: f64) -> Next<'p> {
        let polling = self.polling;
        let has = |states: &[Box<str>], state: &str| states.iter().any(|known| known.eq_ignore_ascii_case(state));
        self.asked = self.asked.saturating_add(1);
        match heard {
            Heard::State(state) if has(&polling.success, state) => return Next::Succeeded,
            Heard::State(state) if has(&polling.pending, state) => self.good = self.good.max(now),
            Heard::State(state) => {
                let words = polling.failure.iter().find(|(known, _)| known.eq_ignore_ascii_case(state));
                return Next::Failed(words.map(|(_, words)| words));
            }
            Heard::Status(_) | Heard::Stateless | Heard::Nothing => {
                if !self.is_tolerated(heard, now) {
                    return Next::Broken;
                }
            }
        }
        if now >= self.deadline {
            return Next::Late;
        }
        let every = &polling.every;
        let own = spread(interval(every, self.asked), every.jitter, chance);
        let asked_for = retry_after.map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX).min(LONGEST_MS));
        let wait = match asked_for.filter(|wait| *wait > 0) {
            // Never sooner than it says; the spread comes on top.
            Some(wait) => {
                self.good = self.good.max(now.saturating_add(wait));
                wait.saturating_add(spread(interval(every, 1).min(wait), every.jitter, chance) / 8)
            }
            None => own,
        };
        Next::Ask(self.until(now, wait))
    }

    /// A wait ends with the time there is: then the last question is asked.
    fn until(&self, now: u64, wait: u64) -> Duration {
        let left = self.deadline.saturating_sub(now);
        Duration::from_millis(wait.max(SHORTEST_MS).min(left.max(1)))
    }

    fn is_tolerated(&self, heard: Heard<'_>, now: u64) -> bool {
        let tolerate = &self.polling.tolerate;
        let listed = match heard {
            Heard::Status(status) => tolerate.statuses.iter().any(|range| range.contains(&status)),
            _ => true,
        };
        listed && now.saturating_sub(self.good) <= tolerate.for_ms
    }
}

/// The interval before a question that is not the first.
fn interval(every: &Backoff, asked: i32) -> u64 {
    let grown = to_f64(every.interval_ms) * every.factor.max(1.0).powi(asked - 1);
    to_ms(grown.min(to_f64(every.max_ms.max(every.interval_ms))))
}

/// An interval of which a part is chance: half of it more or less.
fn spread(interval: u64, jitter: f64, chance: f64) -> u64 {
    to_ms(to_f64(interval) * (1.0 + jitter.clamp(0.0, 1.0) * (chance.clamp(0.0, 1.0) - 0.5)))
}

#[allow(clippy::cast_precision_loss, reason = "milliseconds of waiting are far below 2^53")]
fn to_f64(ms: u64) -> f64 {
    ms as f64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast to an integer saturates")]
fn to_ms(ms: f64) -> u64 {
    ms as u64
}

#[cfg(test)]
mod tests;
