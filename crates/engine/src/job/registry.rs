//! All jobs of the process: found by id, begun once where a call is repeated, and forgotten when their time is up. Results are kept
//! within a bound; the oldest goes first.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio_util::sync::CancellationToken;

use super::{
    handle::Id,
    running::Running,
    view::{JobState, RunningJob},
};
use crate::base::fault::{CallerFault, Fault, Overload};

/// The most jobs at the same time, those counted that are over and not forgotten.
const MOST: usize = 50_000;

/// The most bytes of results that are kept.
const KEPT: usize = 64 << 20;

/// How often those are looked for whose time is up, in milliseconds.
const SWEEP_MS: u64 = 10_000;

/// All jobs of a process.
#[derive(Default)]
pub struct Jobs {
    all: Mutex<All>,
    stop: CancellationToken,
}

#[derive(Default)]
struct All {
    jobs: HashMap<Id, Arc<Running>>,
    same: HashMap<[u8; 32], Same>,
    /// Results that are kept, the oldest first, with their sizes.
    results: VecDeque<(Arc<Running>, usize)>,
    bytes: usize,
    swept: u64,
}

/// A call that means a job that has begun.
struct Same {
    job: Arc<Running>,
    inputs: [u8; 32],
    until: u64,
}

/// What makes two calls one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Repeated {
    /// Of the caller, the unit and the key; or of the inputs too.
    pub(crate) call: [u8; 32],
    /// Of the inputs.
    pub(crate) inputs: [u8; 32],
    /// Until when, in milliseconds since 1970.
    pub(crate) until: u64,
}

impl Jobs {
    /// Enters a job, or hands out the one the same call has begun already.
    pub(crate) fn enter(
        &self,
        job: Arc<Running>,
        repeated: Option<Repeated>,
        now: u64,
    ) -> Result<(Arc<Running>, bool), Fault> {
        let mut all = self.all(now);
        let is_full = all.jobs.len() >= MOST;
        if let Some(repeated) = repeated {
            if let Some(same) = all.same.get(&repeated.call).filter(|same| same.until > now) {
                if same.inputs != repeated.inputs {
                    let why = "use another key, or send what was sent with it first";
                    return Err(Fault::caller(CallerFault::OtherInputs, why));
                }
                return Ok((Arc::clone(&same.job), false));
            }
            let Repeated { call, inputs, until } = repeated;
            if !is_full {
                let _ = job.call.set(call);
                all.same.insert(call, Same { job: Arc::clone(&job), inputs, until });
            }
        }
        if is_full {
            return Err(Fault::overload(Overload::Jobs, format!("{MOST} jobs run or wait to be fetched")));
        }
        all.jobs.insert(job.id(), Arc::clone(&job));
        Ok((job, true))
    }

    /// The job of that id; `make` makes the one that takes it up again where there is none.
    pub(crate) fn get_or<E>(
        &self,
        id: Id,
        now: u64,
        make: impl FnOnce() -> Result<Arc<Running>, E>,
    ) -> Result<(Arc<Running>, bool), E> {
        let mut all = self.all(now);
        if let Some(job) = all.jobs.get(&id) {
            let result_is_gone = job.is_resumable() && job.result().is_none() && job.state() == JobState::Succeeded;
            if !result_is_gone {
                return Ok((Arc::clone(job), false));
            }
        }
        let job = make()?;
        all.jobs.insert(id, Arc::clone(&job));
        Ok((job, true))
    }

    /// A result is kept from now on; older ones make room.
    pub(crate) fn keep(&self, job: &Arc<Running>, size: usize, now: u64) {
        let mut all = self.all(now);
        all.bytes += size;
        all.results.push_back((Arc::clone(job), size));
        while all.bytes > KEPT
            && let Some((oldest, size)) = all.results.pop_front()
        {
            all.bytes -= size;
            oldest.forget();
        }
    }

    /// Forgets a job: it never began, or may be taken up again.
    pub(crate) fn forget(&self, job: &Arc<Running>, now: u64) {
        let mut all = self.all(now);
        if all.jobs.get(&job.id()).is_some_and(|known| Arc::ptr_eq(known, job)) {
            all.jobs.remove(&job.id());
        }
        if let Some(call) = job.call.get()
            && all.same.get(call).is_some_and(|same| Arc::ptr_eq(&same.job, job))
        {
            all.same.remove(call);
        }
    }

    /// How many are not over.
    #[must_use]
    pub fn running(&self) -> usize {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.jobs.values().filter(|job| !job.state().is_over()).count()
    }

    /// Those that are not over, at most so many.
    #[must_use]
    pub fn current(&self, most: usize) -> Vec<RunningJob> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.jobs.values().filter(|job| !job.state().is_over()).take(most).map(|job| job.overview()).collect()
    }

    /// The process ends: nobody is asked any more, and everyone who waits is answered with what there is. Handles stay good.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// What ends when the process does.
    pub(crate) fn end(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Everything, without what has had its time.
    fn all(&self, now: u64) -> MutexGuard<'_, All> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_sub(all.swept) >= SWEEP_MS {
            all.swept = now;
            all.jobs.retain(|_, job| job.times().1 > now || !job.state().is_over());
            all.same.retain(|_, same| same.until > now);
            all.results.retain(|(job, _)| job.times().1 > now);
            all.bytes = all.results.iter().map(|(_, size)| size).sum();
        }
        all
    }
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jobs").field("running", &self.running()).finish_non_exhaustive()
    }
}
