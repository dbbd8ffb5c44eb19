//! A job as those see it who began it.

use std::time::{Duration, SystemTime};

use crate::base::fault::Fault;

/// How a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It waits for its turn at the upstream: nothing was sent yet.
    Queued,
    /// The upstream works on it, or steps around it run.
    Running,
    /// Its answer is there.
    Succeeded,
    /// It ended, and not well.
    Failed,
    /// It was cancelled.
    Cancelled,
}

impl JobState {
    /// Whether it stays as it is.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// A moment of a job.
#[derive(Clone, Debug)]
pub struct JobView {
    /// How it is.
    pub state: JobState,
    /// How much of it is done, from 0 to 1, when the upstream says so.
    pub progress: Option<f64>,
    /// What it is doing, or what it waits for.
    pub message: Option<Box<str>>,
    /// When looking again is of use.
    pub retry_after: Duration,
    /// Rises with every change.
    pub version: u64,
    /// When it changed last.
    pub updated: SystemTime,
    /// Why it failed.
    pub fault: Option<Fault>,
}

/// A job that is not over, for those who operate the process.
#[derive(Clone, Debug)]
pub struct RunningJob {
    /// The capability.
    pub capability: Box<str>,
    /// The unit that was called.
    pub unit: Box<str>,
    /// When it began.
    pub created: SystemTime,
    /// How it is.
    pub view: JobView,
}

/// Whom and what a handle is bound to: under any other it is not known.
#[derive(Clone, Copy, Debug)]
pub struct JobBinding<'a> {
    /// The capability.
    pub capability: &'a str,
    /// The unit, unique within the capability.
    pub unit: &'a str,
    /// A digest of who the caller is; zeros stand for anyone.
    pub caller: [u8; 32],
}

/// How a job is begun.
#[derive(Clone, Debug)]
pub struct JobOptions {
    /// How long its handle is good for, and its result is kept where there is room.
    pub ttl: Duration,
    /// When the call means a job that has begun already.
    pub same: SameCall,
}

/// When a call means a job that has begun already: of the same caller and unit, in this process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SameCall {
    /// Never.
    #[default]
    Never,
    /// When it bears this key.
    Key(Box<str>),
    /// When the inputs are the same and the job began so short a time ago.
    Within(Duration),
}

/// Why a handle leads to no job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoJob {
    /// It was not made here, or not for this caller and unit.
    Unknown,
    /// Its time is up.
    Expired,
    /// The process that ran it is gone, and it cannot be taken up again.
    Lost,
    /// The author has changed what it was made with since: in words.
    Changed(String),
}
