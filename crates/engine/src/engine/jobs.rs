//! Jobs that outlive the request that began them: begun once, looked at by whoever holds the handle, taken up again by any process
//! that has the key. Each runs as a task of its own that keeps its engine, hence the plan it began with.

use std::{sync::Arc, time::Duration};

use capstan_plan::{Flow, FlowId, SlotId};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::{
    Engine,
    activated::KEY,
    begun::{CANCELLATION, Job},
};
use crate::{
    base::{
        fault::{CallerFault, CapabilityFault, Fault, FaultKind, UpstreamFault},
        invocation::{Invocation, Report},
        value::{Inputs, Value},
    },
    flow::{
        execution::{Detached, Execution},
        job, run,
    },
    job::{
        handle::{Handle, Id, Resumed, bound},
        registry::Repeated,
        running::{Running, Sealing},
        seal::Seal,
        view::{JobBinding, JobOptions, JobState, NoJob, SameCall},
    },
    response::answer::Collected,
};

/// The most bytes of the answer of a job.
const LARGEST: usize = 64 << 20;

/// How long a caller waits for one whose job waits in a queue, before it gets a handle of this process alone.
const PATIENCE: Duration = Duration::from_secs(2);

impl Engine {
    /// Whether a flow waits for a job, by itself or in a step.
    #[must_use]
    pub fn is_job(&self, flow: FlowId) -> bool {
        self.plan.flows.get(flow).is_some_and(Flow::is_job)
    }

    /// Begins a job. Comes back when the upstream has taken it, when it is over, or when it waits in the queue of the upstream's
    /// limits for a while.
    ///
    /// # Errors
    /// Why it did not begin.
    pub async fn begin(
        self: &Arc<Self>,
        flow: FlowId,
        inputs: Inputs,
        invocation: Invocation,
        binding: JobBinding<'_>,
        options: JobOptions,
    ) -> Result<Job, Fault> {
        let jobs = &self.shared.jobs;
        let seal = self.seal()?;
        let now = self.shared.host.now_ms();
        let mut id = Id::default();
        self.shared.host.random(&mut id);
        let ttl = u64::try_from(options.ttl.as_millis()).unwrap_or(u64::MAX);
        let handle = Handle::new(id, now, now.saturating_add(ttl));
        let sealing = Sealing::new(seal, Arc::clone(&self.shared.host), handle, &binding);
        let repeated = self.repeated(flow, &inputs, &binding, &options, now).await;
        let running = Arc::new(Running::new(sealing, None, self.is_cancellable(flow), jobs.end()));
        let (running, is_new) = jobs.enter(running, repeated, now)?;
        if is_new {
            let invocation = detached(&running, invocation);
            self.start(flow, &running, Work::Begin(inputs), invocation);
        }
        running.begun(PATIENCE).await;
        let view = running.look();
        if let (JobState::Failed, false, Some(fault)) = (view.state, running.is_accepted(), &view.fault) {
            if !may_have_begun(fault.kind) {
                jobs.forget(&running, self.shared.host.now_ms());
            }
            return Err(fault.clone());
        }
        Ok(Job { running, jobs: Arc::clone(jobs) })
    }

    /// The job of a handle: the one that runs here, or else one that is taken up again from what the handle holds.
    ///
    /// # Errors
    /// Why there is none.
    pub fn resume(self: &Arc<Self>, flow: FlowId, handle: &str, binding: JobBinding<'_>) -> Result<Job, NoJob> {
        let jobs = &self.shared.jobs;
        let seal = self.seal().map_err(|_| NoJob::Unknown)?;
        let opened = seal.open(handle, &bound(&binding)).and_then(|bytes| Handle::of_bytes(&bytes));
        let opened = opened.ok_or(NoJob::Unknown)?;
        let now = self.shared.host.now_ms();
        if opened.expires <= now {
            return Err(NoJob::Expired);
        }
        let id = opened.id;
        let mut taken_up = None;
        let make = || {
            let step = opened.step().ok_or(NoJob::Lost)?;
            let planned = self.plan.flows.get(flow).ok_or(NoJob::Lost)?;
            let waiting = job::waiting(&self.plan, planned, step).ok_or(NoJob::Lost)?;
            taken_up = Some(opened.resumed(waiting)?);
            let sealing = Sealing::new(Arc::clone(&seal), Arc::clone(&self.shared.host), opened, &binding);
            Ok(Arc::new(Running::new(sealing, Some(handle), self.is_cancellable(flow), jobs.end())))
        };
        let (running, _) = jobs.get_or(id, now, make)?;
        if let Some(resumed) = taken_up {
            let invocation = detached(&running, Invocation::default());
            self.start(flow, &running, Work::Resume(resumed), invocation);
        }
        Ok(Job { running, jobs: Arc::clone(jobs) })
    }

    fn is_cancellable(&self, flow: FlowId) -> bool {
        let steps = self.plan.flows.get(flow).map(|flow| &*flow.steps).unwrap_or_default();
        let [only] = steps else { return false };
        job::of_step(&self.plan, only).is_some_and(|job| job.cancel.is_some())
    }

    /// Whether handles outlive the process: it has a key that others may have too.
    #[must_use]
    pub fn gives_lasting_handles(&self) -> bool {
        matches!(self.activated.seal, Ok(Some(_)))
    }

    fn seal(&self) -> Result<Arc<Seal>, Fault> {
        match &self.activated.seal {
            Ok(Some(seal)) => Ok(Arc::clone(seal)),
            Ok(None) => {
                self.shared.seal().ok_or_else(|| Fault::new(FaultKind::Internal, "there is no key for handles"))
            }
            Err(why) => {
                let mut fault =
                    Fault::capability(CapabilityFault::MissingBinding, format!("{KEY} cannot be used: {why}"));
                fault.binding = Some(KEY.into());
                Err(fault)
            }
        }
    }

    /// What makes a call one that was made before.
    async fn repeated(
        &self,
        flow: FlowId,
        inputs: &Inputs,
        binding: &JobBinding<'_>,
        options: &JobOptions,
        now: u64,
    ) -> Option<Repeated> {
        let until = |time: Duration| now.saturating_add(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        let (key, until) = match &options.same {
            SameCall::Never => return None,
            SameCall::Key(key) => (Some(key.as_bytes()), until(options.ttl)),
            SameCall::Within(window) => (None, until(*window)),
        };
        let slots = self.plan.flows.get(flow)?.slots;
        let of_inputs = self.shared.turns.run(inputs.size(), || digest(inputs, slots)).await;
        let mut hash = Sha256::new();
        for part in [binding.capability.as_bytes(), binding.unit.as_bytes(), &binding.caller, key.unwrap_or(&of_inputs)]
        {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        hash.update([u8::from(key.is_some())]);
        Some(Repeated { call: hash.finalize().into(), inputs: of_inputs, until })
    }

    /// Runs a job as a task of its own.
    fn start(self: &Arc<Self>, flow: FlowId, running: &Arc<Running>, work: Work, invocation: Invocation) {
        let (engine, running) = (Arc::clone(self), Arc::clone(running));
        let mut guard = Unfinished { running: Arc::clone(&running), is_over: false };
        tokio::spawn(async move {
            let outcome = tokio::select! {
                biased;
                () = running.stopped() => None,
                outcome = engine.work(flow, &running, work, &invocation) => Some(outcome),
                // Its jobs notice by themselves, and tell their upstreams; other steps do not.
                () = overdue(&running) => Some(Err(Fault::caller(CallerFault::Cancelled, "the job was cancelled"))),
            };
            guard.spoken();
            let now = engine.shared.host.now_ms();
            match outcome {
                // The process ends; the handle stays good.
                None => {}
                Some(Err(_)) if running.is_left() => engine.shared.jobs.forget(&running, now),
                Some(outcome) => {
                    let size = running.ended(outcome);
                    if size > 0 {
                        engine.shared.jobs.keep(&running, size, now);
                    }
                }
            }
        });
    }

    async fn work(
        &self,
        flow: FlowId,
        running: &Arc<Running>,
        work: Work,
        invocation: &Invocation,
    ) -> Result<Collected, Fault> {
        let (Some(planned), Some(state)) = (self.plan.flows.get(flow), self.activated.flows.get(usize::from(flow)))
        else {
            return Err(Fault::new(FaultKind::Internal, "the plan has no such flow"));
        };
        let detached = Some(Detached { running, flow: planned, state });
        let room = self.shared.buffers.begin();
        let execution = self.execution(invocation, &room);
        let answer = match work {
            Work::Begin(inputs) => {
                let execution = Execution { detached, ..execution };
                run::detached(&execution, planned, state, inputs).await
            }
            Work::Resume(resumed) => {
                let execution = Execution { detached, resumed: Some(&resumed), ..execution };
                run::resume(&execution, planned, state, &resumed).await
            }
        };
        let collected = match answer {
            Ok(answer) => Box::pin(answer.collect(&self.shared.buffers, &self.shared.turns, LARGEST)).await,
            Err(fault) => Err(fault),
        };
        collected.map_err(|fault| self.finish(fault, Some(planned)))
    }
}

/// Waits until a job is cancelled, and for as long as that may take.
async fn overdue(running: &Running) {
    running.cancelled().await;
    tokio::time::sleep(CANCELLATION).await;
}

/// What a task of a job does.
enum Work {
    Begin(Inputs),
    Resume(Resumed),
}

/// A task that ends without a word has failed.
struct Unfinished {
    running: Arc<Running>,
    is_over: bool,
}

impl Unfinished {
    /// It has something to say.
    fn spoken(&mut self) {
        self.is_over = true;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.is_over {
            self.running.ended(Err(Fault::new(FaultKind::Internal, "the task of the job ended early")));
        }
    }
}

/// What runs on after its caller: it has no deadline but its own, and tells the job instead of the caller.
fn detached(running: &Arc<Running>, invocation: Invocation) -> Invocation {
    let told = Arc::clone(running);
    Invocation {
        deadline: None,
        cancel: None::<CancellationToken>,
        progress: Some(Arc::new(move |report: Report<'_>| told.told(report))),
        ..invocation
    }
}

/// Whether the upstream may have begun what failed: then the same call does not begin it again.
fn may_have_begun(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::Upstream(
            UpstreamFault::Timeout
                | UpstreamFault::CutShort
                | UpstreamFault::Protocol
                | UpstreamFault::Undecodable
                | UpstreamFault::Unusable
                | UpstreamFault::TooLarge
        )
    )
}

/// A digest of everything a caller gave.
fn digest(inputs: &Inputs, slots: u32) -> [u8; 32] {
    let mut hash = Sha256::new();
    for slot in 0..slots {
        let Some(value) = inputs.get(SlotId(slot)) else { continue };
        let (kind, text) = match value {
            Value::Json(json) => ("json", json.to_string().into_bytes()),
            Value::Bytes { data, .. } => ("bytes", data.to_vec()),
        };
        hash.update(slot.to_be_bytes());
        hash.update(kind);
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}
