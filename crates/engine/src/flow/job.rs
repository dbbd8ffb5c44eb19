//! A call of an operation that is a job: submitted, asked for until it is over, its result fetched.

use std::time::Duration;

use capstan_plan::{Call, Flow, Job, JobCall, Plan, Resumption, Step, StepKind};
use serde_json::{Map, Value as Json};

use super::{
    call,
    call_step::{no_answer, refused},
    execution::{Detached, Execution},
    needs,
    poll::{self, Last, Question, selected},
    yielded::{self, Yield},
};
use crate::{
    base::fault::{CallerFault, Fault, FaultKind, UpstreamFault},
    base::value::{Inputs, Value},
    exchange::limits::Place,
    exchange::reply::Reply,
    exchange::run::Admission,
    job::handle::{Handle, Resumed, UPSTREAM_HANDLE, Waiting},
    response::decode,
    response::format,
    template::scope::Scope,
};

/// How long a cancellation may take before it is not waited for.
const CANCELLATION: Duration = Duration::from_secs(10);

/// What the upstream took.
struct Submitted {
    handle: Json,
    answer: Option<Json>,
    /// When: milliseconds since 1970.
    at: u64,
    /// Kept to the end.
    _place: Place,
}

/// The job that a step calls.
pub(crate) fn of_step<'p>(plan: &'p Plan, step: &Step) -> Option<&'p Job> {
    let StepKind::Call(call) = &step.kind else { return None };
    plan.jobs.get(call.job?.job)
}

/// What is waited for at a step of a flow.
pub(crate) fn waiting<'p>(plan: &'p Plan, flow: &'p Flow, step: usize) -> Option<Waiting<'p>> {
    let step = flow.steps.get(step)?;
    if let StepKind::Poll(polling) = &step.kind {
        return Some(Waiting { name: &step.name, names: &[], polling, flow });
    }
    let job = of_step(plan, step)?;
    Some(Waiting { name: &job.name, names: &job.handle, polling: &job.polling, flow })
}

/// The upstream works on it now: from here on another process can go on, where one can at all. `position` is the place of the step in
/// its flow; nothing for one inside another step.
pub(super) fn accepted(
    execution: &Execution<'_>,
    position: Option<usize>,
    resumed: impl FnOnce(&Resumption) -> Option<Resumed>,
) {
    let Some(Detached { running, flow, state }) = execution.detached else { return };
    let at = state.resumption.as_deref().filter(|resumption| Some(resumption.step) == position);
    let resumed = at.and_then(|at| Some((waiting(execution.plan, flow, at.step)?, resumed(at)?)));
    running.accepted(resumed.map(|(waiting, resumed)| move |sealed: Handle| sealed.resumable(resumed, waiting)));
}

/// Submits, unless it was, and waits for the result. `position` is the place of its step in the flow, where a handle can name it.
pub(super) async fn run(
    execution: &Execution<'_>,
    planned: &Call,
    begun: JobCall,
    position: Option<usize>,
    scope: Scope<'_>,
) -> Result<Yield, Fault> {
    let Some(job) = execution.plan.jobs.get(begun.job) else {
        return Err(Fault::new(FaultKind::Internal, "the plan has no such job"));
    };
    let resumed = execution.resumed.filter(|resumed| Some(resumed.step) == position);
    let submitted = match resumed {
        Some(resumed) => taken_up(execution, planned, resumed)?,
        None => Box::pin(submit(execution, planned, (job, begun), position, scope)).await?,
    };
    let mut frame = Inputs::with_slots(job.slots);
    frame.set(job.slot, Value::Json(submitted.handle));
    let own = Scope::new(&frame, execution.bindings, scope.functions);
    let question = Question { polling: &job.polling, name: &job.name, origin: &job.origin, started: submitted.at };
    let last = waited(execution, job, question, own).await?;
    if let (Some(slot), Some(answer)) = (begun.submit, submitted.answer) {
        scope.frame.fill(slot, Value::Json(answer));
    }
    let outcome = Box::pin(yielded::result(execution, question, &last, own)).await?;
    if let Some(slot) = begun.poll {
        scope.frame.fill(slot, Value::Json(last.answer));
    }
    Ok(outcome)
}

/// Waits for the end, or for somebody to cancel it: then the upstream is told.
async fn waited(execution: &Execution<'_>, job: &Job, question: Question<'_>, scope: Scope<'_>) -> Result<Last, Fault> {
    if let Some(last) = poll::unless_cancelled(execution, question, scope).await? {
        return Ok(last);
    }
    if let Some(cancel) = &job.cancel {
        let execution = Execution { admission: Admission::Look, ..*execution };
        let told = Box::pin(call::send(&execution, cancel, None, scope));
        match tokio::time::timeout(CANCELLATION, told).await {
            Ok(Ok(reply)) if reply.status.as_u16() < 400 => {}
            Ok(Ok(reply)) => tracing::warn!("{} answered {} when it was told to end", job.name, reply.status),
            Ok(Err(fault)) => tracing::warn!("{} could not be told to end: {fault}", job.name),
            Err(_) => tracing::warn!(
                "{} did not answer within {} s when it was told to end",
                job.name,
                CANCELLATION.as_secs()
            ),
        }
    }
    Err(cancelled())
}

/// The fault of what somebody has ended.
pub(super) fn cancelled() -> Fault {
    Fault::caller(CallerFault::Cancelled, "the job was cancelled")
}

/// A job that was submitted before.
fn taken_up(execution: &Execution<'_>, planned: &Call, resumed: &Resumed) -> Result<Submitted, Fault> {
    let client = execution.client(planned.request.client)?;
    let place = client.state.limiter.as_ref().and_then(|limiter| limiter.enter_late());
    Ok(Submitted { handle: resumed.handle.clone(), answer: None, at: resumed.submitted, _place: place })
}

/// Submits and keeps what resumes it.
async fn submit(
    execution: &Execution<'_>,
    planned: &Call,
    (job, begun): (&Job, JobCall),
    position: Option<usize>,
    scope: Scope<'_>,
) -> Result<Submitted, Fault> {
    let client = execution.client(planned.request.client)?;
    let place = match &client.state.limiter {
        Some(limiter) => {
            let entered = limiter.enter(&**execution.network.host, execution.invocation, &job.name);
            match execution.detached {
                // Who waits in the queue can be cancelled: nothing was sent.
                Some(Detached { running, .. }) => tokio::select! {
                    biased;
                    () = running.cancelled() => return Err(cancelled()),
                    place = entered => place?,
                },
                None => entered.await?,
            }
        }
        None => None,
    };
    let submitting = Execution { admission: Admission::Held, ..*execution };
    let reply = call::send(&submitting, planned, None, scope).await?;
    if reply.status.as_u16() >= 400 {
        return Err(refused(execution, reply).await);
    }
    if !reply.status.is_success() {
        return Err(no_answer(reply));
    }
    let Reply { headers, body, exchange, .. } = reply;
    let located = |mut fault: Fault| {
        fault.upstream.get_or_insert_with(|| exchange.clone());
        fault
    };
    let body = execution.whole(body, &headers, execution.limit).await.map_err(located)?;
    let read = |_: Scope<'_>| decode::decode(execution.files, planned, &body, &headers);
    let answer = execution.compute(scope, format::weight(planned.format, body.len()), read).await.map_err(located)?;
    let handle = handle(job, &answer).map_err(located)?;
    let at = execution.network.host.now_ms();
    accepted(execution, position, |resumption| {
        let values = needs::after(resumption, scope.frame, begun.submit.map(|slot| (slot, &answer)))?;
        Some(Resumed { step: resumption.step, handle: handle.clone(), submitted: at, values })
    });
    // Kept only where something reads it: a job may wait for long.
    let answer = begun.submit.map(|_| answer);
    Ok(Submitted { handle, answer, at, _place: place })
}

/// What resumes a job, of the answer to its submit.
fn handle(job: &Job, answer: &Json) -> Result<Json, Fault> {
    let mut members = Map::new();
    for (name, selector) in &job.handle {
        // One of several may be absent: the template that reads it says what then.
        if let Some(value) = selected(selector, answer)?.filter(|value| !value.is_null()) {
            members.insert(name.to_string(), value.into_owned());
        }
    }
    if members.is_empty() {
        let places: Vec<String> = job.handle.iter().map(|(_, selector)| format!("`{}`", selector.text())).collect();
        let why = format!("{} was submitted, and its answer has nothing at {}", job.name, places.join(" or "));
        return Err(Fault::upstream(UpstreamFault::Unusable, why).at(&job.origin));
    }
    let handle = Json::Object(members);
    let size = handle.to_string().len();
    if size > UPSTREAM_HANDLE {
        let why = format!("the `handle` of {} has {size} bytes, and one has at most {UPSTREAM_HANDLE}", job.name);
        return Err(Fault::upstream(UpstreamFault::TooLarge, why).at(&job.origin));
    }
    Ok(handle)
}
