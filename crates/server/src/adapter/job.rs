//! What REST and MCP have in common about jobs: whose a job is, how long one unit's callers wait, and the words for its states.

use std::{sync::Arc, time::Duration};

use capstan_engine::{JobBinding, JobOptions, JobState, JobView, NoJob, SameCall};
use capstan_plan::{AsyncPolicy, Unit};

use crate::{auth::Principal, capability::exposed::Exposed};

/// How long an identical call of something that may be called twice means the job that runs already.
const SAME: Duration = Duration::from_secs(30);

/// Whose a job is: the unit as callers reach it, and who called it.
#[derive(Debug)]
pub(super) struct Owner {
    capability: Arc<str>,
    unit: String,
    caller: [u8; 32],
}

impl Owner {
    /// Of the jobs that a caller begins with a unit of an exposure.
    pub(super) fn new(exposed: &Exposed, unit: &Unit, principal: Principal) -> Self {
        let within = exposed.exposure().map_or("", |exposure| &exposure.namespace);
        Self {
            capability: exposed.capability.id.clone(),
            unit: format!("{within}/{}", unit.name),
            caller: principal.digest(),
        }
    }

    /// What its handle is bound to.
    pub(super) fn binding(&self) -> JobBinding<'_> {
        JobBinding { capability: &self.capability, unit: &self.unit, caller: self.caller }
    }
}

/// How callers of a unit wait.
pub(super) fn policy(unit: &Unit) -> AsyncPolicy {
    unit.policy.as_deref().copied().unwrap_or_default()
}

/// With what a job begins, when calling twice what it calls is calling once, or when the caller names its call.
pub(super) fn options(policy: &AsyncPolicy, idempotent: bool, key: Option<&str>) -> JobOptions {
    let same = match key {
        Some(key) => SameCall::Key(key.into()),
        None if idempotent => SameCall::Within(SAME),
        None => SameCall::Never,
    };
    JobOptions { ttl: Duration::from_millis(policy.ttl_ms), same }
}

/// The word for a state.
pub(crate) fn word(state: JobState) -> &'static str {
    match state {
        JobState::Queued => "queued",
        JobState::Running => "running",
        JobState::Succeeded => "succeeded",
        JobState::Failed => "failed",
        JobState::Cancelled => "cancelled",
    }
}

/// After how many whole seconds it is of use to look again.
pub(super) fn retry_after(view: &JobView) -> u64 {
    view.retry_after.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX).max(1)
}

/// The same in words.
pub(super) fn soon(view: &JobView) -> String {
    match retry_after(view) {
        1 => "in a second".to_owned(),
        seconds => format!("in {seconds} seconds"),
    }
}

/// Why a handle leads to no job, in words.
pub(super) fn no_job(why: &NoJob) -> String {
    match why {
        NoJob::Unknown => "no such job: the handle is not one of yours here".to_owned(),
        NoJob::Expired => "this job is over for so long that its handle has expired".to_owned(),
        NoJob::Lost => {
            "this job ended with the process that ran it: no other process can go on with its steps".to_owned()
        }
        NoJob::Changed(what) => what.clone(),
    }
}
