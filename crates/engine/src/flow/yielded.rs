//! What a job or a `poll` step yields: a value in the last answer, or what is behind an address in it; as an answer and as the value of
//! a step.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use capstan_plan::{Followed, Format, JobResult, Outputs, Selector, StepOutput};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::Value as Json;

use super::{
    call,
    execution::Execution,
    follow::{self, Link},
    poll::{Last, Question, selected},
};
use crate::{
    base::fault::{Fault, FaultKind, UpstreamFault},
    base::value::{self, Value},
    exchange::reply::Reply,
    exchange::run::Admission,
    exchange::usable::in_words,
    job::address::address,
    request::headers::Accept,
    response::answer::{Answer, AnswerBody},
    response::shape,
    template::scope::Scope,
};

/// How often the result is asked for where its server has trouble.
const ATTEMPTS: u32 = 3;

/// What a job yields.
pub(super) enum Yield {
    /// A value in its last answer.
    Value(Json),
    /// The response to the address of its result, not read yet, with the most bytes it may have and the media type the author states.
    Reply(Box<Reply>, Option<u64>, Option<Box<str>>),
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
            let size = value::size(&value);
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
pub(super) async fn of_step(
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
            let body = execution.whole(body, &headers, limit).await?;
            let stated = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            Ok((Value::bytes(media_type.as_deref().or(stated), body.clone()), headers, body))
        }
    }
}
