//! A job that has begun, for whoever holds it.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::{
    base::fault::{CallerFault, Fault, FaultKind, Overload},
    job::{
        registry::Jobs,
        running::Running,
        view::{JobState, JobView},
    },
    response::answer::{Answer, AnswerBody, Collected, CollectedBody},
};

/// How long a cancellation is waited for: what is told to an upstream has ten seconds.
pub(super) const CANCELLATION: Duration = Duration::from_secs(12);

/// A job that has begun. Dropping it ends nothing.
#[derive(Clone)]
pub struct Job {
    pub(super) running: Arc<Running>,
    pub(super) jobs: Arc<Jobs>,
}

impl Job {
    /// Its handle: safe in a URL, and of no use to anyone else.
    #[must_use]
    pub fn handle(&self) -> &str {
        self.running.handle()
    }

    /// When it began.
    #[must_use]
    pub fn created(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.running.times().0)
    }

    /// When its handle is good no more.
    #[must_use]
    pub fn expires(&self) -> SystemTime {
        UNIX_EPOCH.checked_add(Duration::from_millis(self.running.times().1)).unwrap_or(UNIX_EPOCH)
    }

    /// Whether the upstream can be told to end it. Where it cannot, only we stop to wait for it.
    #[must_use]
    pub fn is_cancellable(&self) -> bool {
        self.running.is_cancellable
    }

    /// How it is.
    #[must_use]
    pub fn look(&self) -> JobView {
        self.running.look()
    }

    /// How it is once that is newer than a version, or the process ends.
    pub async fn changed(&self, since: u64) -> JobView {
        self.running.changed(since).await
    }

    /// How it is once it is over, or the process ends.
    pub async fn ended(&self) -> JobView {
        self.running.over().await
    }

    /// Its answer, once it is over.
    ///
    /// # Errors
    /// Why there is none.
    pub fn answer(&self) -> Result<Answer, Fault> {
        if let Some(result) = self.running.result() {
            let Collected { status, headers, body, from_upstream_error, room } = &*result;
            let body = match body {
                CollectedBody::Empty => AnswerBody::Empty,
                CollectedBody::Json(value) => AnswerBody::Json(value.clone()),
                CollectedBody::Bytes(bytes) => AnswerBody::Bytes(bytes.clone()),
            };
            let (headers, room) = (headers.clone(), room.clone());
            return Ok(Answer { status: *status, headers, body, from_upstream_error: *from_upstream_error, room });
        }
        let view = self.running.look();
        Err(match (view.state, view.fault) {
            (_, Some(fault)) => fault,
            (JobState::Cancelled, None) => Fault::caller(CallerFault::Cancelled, "the job was cancelled"),
            (JobState::Succeeded, None) => {
                Fault::overload(Overload::Jobs, "its result had to make room for those of other jobs")
            }
            (JobState::Queued | JobState::Running | JobState::Failed, None) => {
                Fault::new(FaultKind::Internal, "the job is not over")
            }
        })
    }

    /// Ends it, and has the upstream end it where that can be told.
    pub async fn cancel(&self) -> JobView {
        self.running.cancel();
        let _ = tokio::time::timeout(CANCELLATION + Duration::from_secs(1), self.running.over()).await;
        self.running.look()
    }

    /// All jobs of the process it runs in.
    #[must_use]
    pub fn jobs(&self) -> &Jobs {
        &self.jobs
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("state", &self.running.state()).finish_non_exhaustive()
    }
}
