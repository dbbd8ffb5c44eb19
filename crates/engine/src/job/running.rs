//! One job of this process: how it is, who is told, when it may stop. The flow that runs it writes here; everyone who holds its
//! handle reads here, so that looking costs the upstream nothing.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    handle::{Handle, Id, bound},
    seal::Seal,
    view::{JobBinding, JobState, JobView, RunningJob},
};
use crate::{
    base::{
        fault::{CallerFault, Fault, FaultKind},
        host::Host,
        invocation::Report,
    },
    response::answer::Collected,
};

/// How long a job that can be taken up again is asked for though nobody looks.
const UNWATCHED_MS: u64 = 10 * 60_000;

/// How soon to look again when nothing is known.
const SOON: Duration = Duration::from_secs(1);

/// How a job is at a moment.
#[derive(Debug)]
struct Moment {
    view: JobView,
    /// Whether the upstream has taken it, or no upstream needs to.
    accepted: bool,
    result: Option<Arc<Collected>>,
}

/// What a handle is made with.
pub(crate) struct Sealing {
    pub(crate) seal: Arc<Seal>,
    pub(crate) host: Arc<dyn Host>,
    /// Without what takes the job up again.
    pub(crate) handle: Handle,
    /// Whose it is.
    bound: [u8; 32],
    capability: Box<str>,
    unit: Box<str>,
}

impl Sealing {
    /// Of a job of this binding.
    pub(crate) fn new(seal: Arc<Seal>, host: Arc<dyn Host>, handle: Handle, binding: &JobBinding<'_>) -> Self {
        let (capability, unit) = (binding.capability.into(), binding.unit.into());
        Self { seal, host, handle, bound: bound(binding), capability, unit }
    }

    fn text(&self, handle: &Handle) -> Box<str> {
        self.seal.seal(handle.to_bytes(), &self.bound, &*self.host).unwrap_or_default().into()
    }
}

/// A job of this process.
pub(crate) struct Running {
    sealing: Sealing,
    handle: OnceLock<Box<str>>,
    moment: watch::Sender<Moment>,
    cancel: CancellationToken,
    stop: CancellationToken,
    /// When somebody looked last: milliseconds since 1970.
    looked: AtomicU64,
    /// Whether the handle takes it up again.
    resumable: OnceLock<()>,
    left: AtomicBool,
    /// The call that means this job when it is repeated.
    pub(super) call: OnceLock<[u8; 32]>,
    /// Whether the upstream can be told to end it.
    pub(crate) is_cancellable: bool,
}

impl Running {
    /// A job that begins, or is taken up again with the `text` of its handle; `stop` is the end of the process.
    pub(crate) fn new(sealing: Sealing, text: Option<&str>, is_cancellable: bool, stop: CancellationToken) -> Self {
        let view = JobView {
            state: JobState::Running,
            progress: None,
            message: None,
            retry_after: SOON,
            version: 0,
            updated: sealing.host.now(),
            fault: None,
        };
        let running = Self {
            looked: AtomicU64::new(sealing.host.now_ms()),
            sealing,
            handle: OnceLock::new(),
            moment: watch::Sender::new(Moment { view, accepted: text.is_some(), result: None }),
            cancel: CancellationToken::new(),
            stop,
            resumable: OnceLock::new(),
            left: AtomicBool::new(false),
            call: OnceLock::new(),
            is_cancellable,
        };
        if let Some(text) = text {
            let _ = running.handle.set(text.into());
            let _ = running.resumable.set(());
        }
        running
    }

    /// Which job it is.
    pub(crate) fn id(&self) -> Id {
        self.sealing.handle.id
    }

    /// When it began, and when its handle is good no more: milliseconds since 1970.
    pub(crate) fn times(&self) -> (u64, u64) {
        (self.sealing.handle.created, self.sealing.handle.expires)
    }

    /// The text of its handle. From the first time somebody asks for it, it stays as it is.
    pub(crate) fn handle(&self) -> &str {
        self.handle.get_or_init(|| self.sealing.text(&self.sealing.handle))
    }

    /// What the flow tells.
    pub(crate) fn told(&self, report: Report<'_>) {
        self.moment.send_modify(|moment| {
            let view = &mut moment.view;
            match report {
                Report::Step { done, total, .. } if total > 1 => view.progress = Some(part(done, total)),
                Report::Step { .. } => {}
                Report::Queued(why) => {
                    view.message = Some(why.into());
                    // What the upstream has taken stays so, whatever else of the flow waits.
                    if !moment.accepted {
                        view.state = JobState::Queued;
                    }
                }
                Report::Job { part, message } => {
                    view.progress = part.or(view.progress);
                    (view.state, view.message) = (JobState::Running, message.map(Into::into));
                }
            }
            self.newer(view);
        });
    }

    /// The upstream has taken it. `resumable` makes a handle one that takes it up again.
    pub(crate) fn accepted(&self, resumable: Option<impl FnOnce(Handle) -> Handle>) {
        if let Some(resumable) = resumable {
            let text = self.sealing.text(&resumable(self.sealing.handle.clone()));
            // Whoever asked before has a handle of this process alone.
            if self.handle.set(text).is_ok() {
                let _ = self.resumable.set(());
            }
        }
        self.moment.send_modify(|moment| {
            moment.accepted = true;
            moment.view.state = JobState::Running;
            moment.view.message = None;
            self.newer(&mut moment.view);
        });
    }

    /// The upstream is asked again after this time.
    pub(crate) fn asks_after(&self, wait: Duration) {
        self.moment.send_if_modified(|moment| {
            moment.view.retry_after = wait.max(Duration::from_millis(100));
            false
        });
    }

    /// It is over.
    pub(crate) fn ended(&self, outcome: Result<Collected, Fault>) -> usize {
        let size = outcome.as_ref().map_or(0, Collected::size);
        self.moment.send_modify(|moment| {
            let view = &mut moment.view;
            self.newer(view);
            view.message = None;
            match outcome {
                Ok(result) => {
                    (view.state, view.progress) = (JobState::Succeeded, Some(1.0));
                    moment.result = Some(Arc::new(result));
                }
                Err(fault) if self.is_cancelled(&fault) => view.state = JobState::Cancelled,
                Err(fault) => (view.state, view.fault) = (JobState::Failed, Some(fault)),
            }
        });
        size
    }

    fn is_cancelled(&self, fault: &Fault) -> bool {
        self.cancel.is_cancelled() && fault.kind == FaultKind::Caller(CallerFault::Cancelled)
    }

    fn newer(&self, view: &mut JobView) {
        view.version += 1;
        view.updated = self.sealing.host.now();
    }

    /// How it is, for those who operate the process: they are not who looks.
    pub(crate) fn overview(&self) -> RunningJob {
        let Sealing { capability, unit, handle, .. } = &self.sealing;
        RunningJob {
            capability: capability.clone(),
            unit: unit.clone(),
            created: UNIX_EPOCH + Duration::from_millis(handle.created),
            view: self.moment.borrow().view.clone(),
        }
    }

    /// How it is, for those who do not wait for it.
    pub(crate) fn state(&self) -> JobState {
        self.moment.borrow().view.state
    }

    /// How it is.
    pub(crate) fn look(&self) -> JobView {
        self.looked.store(self.sealing.host.now_ms(), Ordering::Relaxed);
        self.moment.borrow().view.clone()
    }

    /// Waits until it is as wanted, or the process ends.
    async fn until(&self, wanted: impl Fn(&Moment) -> bool) {
        let mut receiver = self.moment.subscribe();
        tokio::select! {
            _ = receiver.wait_for(|moment| wanted(moment)) => {}
            () = self.stop.cancelled() => {}
        }
    }

    /// How it is once it is newer than `version`.
    pub(crate) async fn changed(&self, version: u64) -> JobView {
        self.look();
        self.until(|moment| moment.view.version > version).await;
        self.look()
    }

    /// How it is once it is over.
    pub(crate) async fn over(&self) -> JobView {
        self.look();
        self.until(|moment| moment.view.state.is_over()).await;
        self.look()
    }

    /// Waits until the upstream has taken it, or it is over; who waits in a queue is waited for so long.
    pub(crate) async fn begun(&self, patience: Duration) {
        self.until(|moment| moment.accepted || moment.view.state != JobState::Running).await;
        if self.moment.borrow().view.state == JobState::Queued {
            let taken = self.until(|moment| moment.accepted || moment.view.state.is_over());
            let _ = tokio::time::timeout(patience, taken).await;
        }
    }

    /// Whether the upstream has taken it.
    pub(crate) fn is_accepted(&self) -> bool {
        self.moment.borrow().accepted
    }

    /// Its result, while it is kept.
    pub(crate) fn result(&self) -> Option<Arc<Collected>> {
        self.moment.borrow().result.clone()
    }

    /// Lets go of its result.
    pub(crate) fn forget(&self) {
        self.moment.send_if_modified(|moment| {
            moment.result = None;
            false
        });
    }

    /// Ends it.
    pub(crate) fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Waits until somebody ends it.
    pub(crate) async fn cancelled(&self) {
        self.cancel.cancelled().await;
    }

    /// Waits until the process ends.
    pub(crate) async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// Whether nobody has looked for so long that it need not be asked for: it is left, and whoever comes back takes it up again.
    pub(crate) fn leaves(&self) -> bool {
        let since = self.sealing.host.now_ms().saturating_sub(self.looked.load(Ordering::Relaxed));
        let left = self.is_resumable() && since > UNWATCHED_MS && self.moment.receiver_count() == 0;
        self.left.store(left, Ordering::Relaxed);
        left
    }

    /// Whether it was left.
    pub(crate) fn is_left(&self) -> bool {
        self.left.load(Ordering::Relaxed)
    }

    /// Whether its handle takes it up again in any process.
    pub(crate) fn is_resumable(&self) -> bool {
        self.resumable.get().is_some()
    }
}

#[allow(clippy::cast_precision_loss, reason = "a flow has few steps")]
fn part(done: usize, total: usize) -> f64 {
    done as f64 / total as f64
}
