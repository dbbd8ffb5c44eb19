//! A call of an operation that is a job: submitted, asked for until it is over, its result fetched.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use capstan_plan::{Call, Followed, Format, Job, JobCall, JobResult, Outputs, Selector, StepOutput};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value as Json};

use super::{
    call,
    call_step::{no_answer, refused},
    execution::{Detached, Execution},
    follow::{self, Link},
    needs,
    poll::{self, Last, Question, selected},
};
use crate::{
    base::fault::{CallerFault, Fault, FaultKind, UpstreamFault},
    base::value::{Inputs, Value},
    exchange::limits::Place,
    exchange::reply::Reply,
    exchange::run::Admission,
    exchange::usable::in_words,
    job::address::address,
    job::handle::{Handle, Resumed, UPSTREAM_HANDLE},
    request::headers::Accept,
    response::answer::{Answer, AnswerBody},
    response::decode,
    response::format,
    response::shape,
    template::scope::Scope,
    wire::collect::collect,
    wire::encodings::decoded,
};

/// How often the result is asked for where its server has trouble.
const ATTEMPTS: u32 = 3;

/// How long a cancellation may take before it is not waited for.
const CANCELLATION: Duration = Duration::from_secs(10);

/// What a job yields.
pub(super) enum Yield {
    /// A value in its last answer.
    Value(Json),
    /// The response to the address of its result, not read yet, with the most bytes it may have and the media type the author states.
    Reply(Box<Reply>, Option<u64>, Option<Box<str>>),
}

/// What the upstream took.
struct Submitted {
    handle: Json,
    answer: Option<Json>,
    /// When: milliseconds since 1970.
    at: u64,
    /// Kept to the end.
    _place: Place,
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
        None => Box::pin(submit(execution, planned, job, position, scope)).await?,
    };
    let mut frame = Inputs::with_slots(job.slots);
    frame.set(job.slot, Value::Json(submitted.handle));
    let own = Scope::new(&frame, execution.bindings, scope.functions);
    let question = Question { polling: &job.polling, name: &job.name, origin: &job.origin, started: submitted.at };
    let last = waited(execution, job, question, own).await?;
    if let (Some(slot), Some(answer)) = (begun.submit, submitted.answer) {
        scope.frame.fill(slot, Value::Json(answer));
    }
    let outcome = Box::pin(result(execution, question, &last, own)).await?;
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
    job: &Job,
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
    let buffers = execution.network.upstreams.buffers;
    let body = collect(buffers, body, execution.limit).await.map_err(located)?;
    let body = decoded(buffers, execution.turns, body, &headers, execution.limit).await.map_err(located)?;
    let read = |_: Scope<'_>| decode::decode(execution.files, planned, &body, &headers);
    let answer = execution.compute(scope, format::weight(planned.format, body.len()), read).await.map_err(located)?;
    let handle = handle(job, &answer).map_err(located)?;
    let at = execution.network.host.now_ms();
    if let Some(Detached { running, flow }) = execution.detached {
        let resumed = position.and_then(|step| {
            let values = needs::after(flow, step, scope.frame)?;
            Some(Resumed { step, handle: handle.clone(), submitted: at, values })
        });
        running.accepted(resumed.map(|resumed| |sealed: Handle| sealed.resumable(resumed, job, flow)));
    }
    Ok(Submitted { handle, answer: Some(answer), at, _place: place })
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

/// What the job yields, of its last answer.
pub(super) async fn result(
    execution: &Execution<'_>,
    question: Question<'_>,
    last: &Last,
    scope: Scope<'_>,
) -> Result<Yield, Fault> {
    match &question.polling.result {
        JobResult::Value(selector) => match selected(selector, &last.answer)? {
            Some(value) => Ok(Yield::Value(value.into_owned())),
            None => {
                let why = format!("{} is over, and its answer has nothing at `{}`", question.name, selector.text());
                let mut fault = Fault::upstream(UpstreamFault::Unusable, why).at(question.origin);
                fault.upstream = Some(Arc::clone(&last.exchange));
                Err(fault)
            }
        },
        JobResult::Fetched { link, within_ms, max_bytes, media_type } => {
            let reply = fetched(execution, question, link, *within_ms, last, scope).await?;
            Ok(Yield::Reply(Box::new(reply), *max_bytes, media_type.clone()))
        }
    }
}

/// Follows the address of the result. The credential goes along only to the very server of the API.
async fn fetched(
    execution: &Execution<'_>,
    question: Question<'_>,
    link: &Followed<Selector>,
    within_ms: Option<u64>,
    last: &Last,
    scope: Scope<'_>,
) -> Result<Reply, Fault> {
    let Question { name, origin, .. } = question;
    let text = selected(&link.address, &last.answer)?;
    let Some(text) = text.as_ref().and_then(|text| text.as_str()) else {
        let why = format!("{name} is over, and its answer has no address at `{}`", link.address.text());
        return Err(Fault::upstream(UpstreamFault::Link, why).at(origin));
    };
    let base = execution.base(link.client)?;
    let execution = &Execution { admission: Admission::Look, ..*execution };
    let host = &**execution.network.host;
    let begun = host.now_ms();
    let mut attempt = 1;
    loop {
        let address = address(text, &link.hosts, &base, execution.network.upstreams.routing, name)
            .map_err(|fault| fault.at(origin))?;
        let with_credential = address.is_of_base;
        let accept = Accept { media_types: "*/*", encodings: None };
        let to = Link { address, client: link.client, with_credential, accept, name, origin };
        let outcome = follow::get(execution, to, scope).await;
        let good_for = within_ms.unwrap_or(u64::MAX);
        let may_repeat = attempt < ATTEMPTS && host.now_ms().saturating_sub(begun) < good_for;
        let fault = match outcome {
            Ok(reply) if reply.status.is_success() => return Ok(reply),
            Ok(reply) => {
                let trouble = reply.status.is_server_error() || reply.status == StatusCode::TOO_MANY_REQUESTS;
                let fault = unfetched(name, reply, within_ms).at(origin);
                if !(trouble && may_repeat) {
                    return Err(fault);
                }
                fault
            }
            Err(fault) => fault,
        };
        if !may_repeat || !matches!(fault.kind, FaultKind::Upstream(_)) {
            return Err(fault);
        }
        host.sleep(Duration::from_secs(u64::from(attempt))).await;
        attempt += 1;
    }
}

/// The fault of a result that is not where it should be.
fn unfetched(name: &str, reply: Reply, within_ms: Option<u64>) -> Fault {
    let Reply { status, exchange, .. } = reply;
    let mut why = format!("{name} is over, and the address of its result answers {}", in_words(status));
    if matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE) {
        why.push_str(": it may be good no more");
        if let Some(within) = within_ms {
            why.push_str(&format!(", as it is for {} s only", Duration::from_millis(within).as_secs_f32()));
        }
    }
    let mut fault = Fault::upstream(UpstreamFault::Link, why);
    fault.upstream = Some(exchange);
    fault
}

/// The answer of a unit whose call is this job.
pub(super) async fn answer(
    execution: &Execution<'_>,
    outputs: &Outputs,
    yielded: Yield,
    scope: Scope<'_>,
) -> Result<Answer, Fault> {
    let value = match yielded {
        Yield::Reply(reply, limit, media_type) => {
            let mut answer = call::stream(execution, limit, media_type.as_deref(), *reply, false)?;
            answer.status = StatusCode::OK;
            return Ok(answer);
        }
        Yield::Value(value) if matches!(outputs, Outputs::Identity) => value,
        Yield::Value(value) => {
            let size = crate::base::value::size(&value);
            let map = |scope| shape::apply(outputs, value.clone(), Format::Json, scope);
            execution.compute(scope, size, map).await?
        }
    };
    let room = execution.room_for(&value)?;
    let mut answer = Answer { room, ..Answer::new(StatusCode::OK, AnswerBody::Json(value)) };
    answer.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(answer)
}

/// The value of a step that yields this, and the answer it can be the flow's with.
pub(super) async fn value(
    execution: &Execution<'_>,
    output: &StepOutput,
    yielded: Yield,
    scope: Scope<'_>,
) -> Result<(Value, HeaderMap, Bytes), Fault> {
    match yielded {
        Yield::Value(json) => {
            let body = Bytes::from(json.to_string());
            let keep = |scope: Scope<'_>| shape::kept(output, json.clone(), scope.effort());
            let json = execution.compute(scope, body.len(), keep).await?;
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            Ok((Value::Json(json), headers, body))
        }
        Yield::Reply(reply, limit, media_type) => {
            let Reply { headers, body, .. } = *reply;
            let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(execution.limit);
            let buffers = execution.network.upstreams.buffers;
            let body = collect(buffers, body, limit).await?;
            let body = decoded(buffers, execution.turns, body, &headers, limit).await?;
            let stated = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            Ok((Value::bytes(media_type.as_deref().or(stated), body.clone()), headers, body))
        }
    }
}
