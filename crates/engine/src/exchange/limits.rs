//! How much is asked of an upstream at a time: places that requests take, and a rate they keep to. Who finds none waits in a queue
//! of bounded length and time; who finds that full too is told to come back. A job keeps its place from its submit to its end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use capstan_plan::{Limits, Rate};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

use crate::base::{
    fault::{Fault, Overload},
    host::Host,
    invocation::{Invocation, Report},
};

/// How long to wait when it is not known.
const A_WHILE: Duration = Duration::from_secs(1);

/// What a client's limits count.
#[derive(Debug)]
pub(crate) struct Limiter {
    limits: Limits,
    places: Option<Arc<Semaphore>>,
    waiting: AtomicUsize,
    /// When the rate would be used up, in microseconds since 1970.
    used_until: AtomicU64,
}

/// A place at an upstream, given back when it is dropped; none where there is no limit.
pub(crate) type Place = Option<OwnedSemaphorePermit>;

/// One who waits, as long as this lives.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Limiter {
    pub(super) fn new(limits: Limits) -> Self {
        let places = limits.concurrency.map(|places| Arc::new(Semaphore::new(places.max(1) as usize)));
        Self { limits, places, waiting: AtomicUsize::new(0), used_until: AtomicU64::new(0) }
    }

    /// Waits for a place. `name` is what has these limits.
    pub(crate) async fn enter(&self, host: &dyn Host, invocation: &Invocation, name: &str) -> Result<Place, Fault> {
        Ok(match &self.places {
            None => None,
            Some(places) => match Arc::clone(places).try_acquire_owned() {
                Ok(permit) => Some(permit),
                Err(TryAcquireError::NoPermits) => self.queued(places, host, invocation, name).await?,
                Err(TryAcquireError::Closed) => None,
            },
        })
    }

    /// A place if one is free: what runs upstream already is not kept from being looked at.
    pub(crate) fn enter_late(&self) -> Place {
        self.places.as_ref().and_then(|places| Arc::clone(places).try_acquire_owned().ok())
    }

    async fn queued(
        &self,
        places: &Arc<Semaphore>,
        host: &dyn Host,
        invocation: &Invocation,
        name: &str,
    ) -> Result<Place, Fault> {
        let (_waiting, before) = self.join(name)?;
        tell(invocation, &format!("waiting for one of {} places at `{name}`, {before} before", self.all_places()));
        let limit = Duration::from_millis(self.limits.queue_timeout_ms);
        tokio::select! {
            biased;
            permit = Arc::clone(places).acquire_owned() => Ok(permit.ok()),
            () = host.sleep(limit) => {
                let places = self.all_places();
                Err(refused(format!("none of {places} places at `{name}` became free within {}", words(limit)), A_WHILE))
            }
        }
    }

    /// Waits until the rate allows one more. Those who look at what runs already (`bounded` is false) wait as long as it takes.
    pub(crate) async fn paced(
        &self,
        host: &dyn Host,
        invocation: &Invocation,
        name: &str,
        bounded: bool,
    ) -> Result<(), Fault> {
        let Some(rate) = self.limits.rate else { return Ok(()) };
        let limit = Duration::from_millis(self.limits.queue_timeout_ms);
        let most = if bounded { limit } else { Duration::MAX };
        let wait = self.reserve(rate, now_us(host), most).map_err(|wait| {
            let why =
                format!("`{name}` takes {} requests in {}", rate.count, words(Duration::from_millis(rate.per_ms)));
            refused(why, wait)
        })?;
        if wait.is_zero() {
            return Ok(());
        }
        let _waiting = if bounded { Some(self.join(name)?.0) } else { None };
        tell(
            invocation,
            &format!("waiting for {}: {} requests to `{name}` were sent just now", words(wait), rate.count),
        );
        host.sleep(wait).await;
        Ok(())
    }

    /// Takes the next moment at which the rate allows one more: how long that is from now. One that is later than `most` is not taken.
    fn reserve(&self, rate: Rate, now: u64, most: Duration) -> Result<Duration, Duration> {
        let window = rate.per_ms.max(1).saturating_mul(1_000);
        let each = (window / u64::from(rate.count.max(1))).max(1);
        // Up to `count` at once, then one for each part of the window that has passed.
        let wait_of = |used: u64| Duration::from_micros((used.max(now) + each).saturating_sub(now + window));
        let taken = self.used_until.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            (wait_of(used) <= most).then(|| used.max(now) + each)
        });
        taken.map(wait_of).map_err(wait_of)
    }

    /// Joins the queue: who is in it, and how many are before.
    fn join(&self, name: &str) -> Result<(Waiting<'_>, usize), Fault> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting(&self.waiting);
        if before >= self.limits.queue as usize {
            return Err(refused(format!("{before} calls of `{name}` wait for their turn already"), A_WHILE));
        }
        Ok((waiting, before))
    }

    fn all_places(&self) -> u32 {
        self.limits.concurrency.unwrap_or_default()
    }
}

fn refused(why: String, after: Duration) -> Fault {
    let mut fault = Fault::overload(Overload::Limit, why);
    fault.retry_after = Some(after.max(A_WHILE));
    fault
}

fn tell(invocation: &Invocation, why: &str) {
    if let Some(progress) = &invocation.progress {
        progress(Report::Queued(why));
    }
}

fn now_us(host: &dyn Host) -> u64 {
    host.now_ms().saturating_mul(1_000)
}

/// `90 s`, `250 ms`.
fn words(time: Duration) -> String {
    match time.as_millis() {
        ms if ms >= 1_000 => format!("{} s", time.as_secs()),
        ms => format!("{ms} ms"),
    }
}

#[cfg(test)]
mod tests;
