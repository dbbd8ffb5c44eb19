//! A call as one step of several: its value is kept, an error status stops the flow.

use bytes::Bytes;
use capstan_plan::{Call, Format, budget::Effort};
use http::{HeaderMap, StatusCode, header};

use super::{
    call::send,
    execution::Execution,
    step_result::{AnswerUse, BufferedReply, Reader, StepResult},
};
use crate::{
    base::fault::{Fault, UpstreamError, UpstreamFault},
    base::media_type::is_json,
    base::value::Value,
    exchange::reply::Reply,
    exchange::usable::in_words,
    files::table::Files,
    response::decode,
    response::error::hidden,
    response::format,
    response::headers::{of_error, retry_after},
    response::shape,
    template::scope::Scope,
};

/// The most bytes of an upstream's error that a fault carries.
const ERROR_BODY: usize = 64 << 10;

/// Sends the request and reads the answer, unless the answer is the flow's own. What others read must be readable.
pub(crate) async fn run(
    execution: &Execution<'_>,
    planned: &Call,
    role: AnswerUse<'_>,
    reader: Reader,
    scope: Scope<'_>,
) -> Result<StepResult, Fault> {
    let outputs = match role {
        AnswerUse::Answer(outputs) => Some(outputs),
        AnswerUse::Value | AnswerUse::ValueAndAnswer => None,
    };
    let reply = send(execution, planned, outputs, scope).await?;
    if reply.status.as_u16() >= 400 {
        return Err(refused(execution, reply).await);
    }
    if !reply.status.is_success() {
        return Err(no_answer(reply));
    }
    if outputs.is_some() {
        return Ok(StepResult::Reply(Box::new(reply)));
    }
    let Reply { status, headers, body, exchange } = reply;
    let limit = planned.max_binary.and_then(|max| usize::try_from(max).ok()).unwrap_or(execution.limit);
    let located = |mut fault: Fault| {
        fault.upstream.get_or_insert_with(|| exchange.clone());
        fault
    };
    let body = execution.whole(body, &headers, limit).await.map_err(located)?;
    if body.is_empty() && reader == Reader::Call {
        return Err(located(valueless(&exchange.name, status)));
    }
    let read = |scope: Scope<'_>| value_of(execution.files, planned, &body, &headers, reader, scope.effort());
    let value = execution.compute(scope, format::weight(planned.format, body.len()), read).await.map_err(located)?;
    Ok(match role {
        AnswerUse::Value => StepResult::Value(value),
        AnswerUse::ValueAndAnswer | AnswerUse::Answer(_) => {
            StepResult::Buffered(value, Box::new(BufferedReply { status, headers, body }))
        }
    })
}

/// What a step keeps of an answer: nothing of an empty one, nor of text where JSON was only assumed and nobody reads it.
fn value_of(
    files: &Files,
    planned: &Call,
    body: &Bytes,
    headers: &HeaderMap,
    reader: Reader,
    effort: Effort,
) -> Result<Option<Value>, Fault> {
    if body.is_empty() {
        return Ok(None);
    }
    let stated = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if planned.format == Format::Binary {
        return Ok(Some(Value::bytes(planned.media_type.as_deref().or(stated), body.clone())));
    }
    match decode::decode(files, planned, body, headers) {
        Ok(json) => Ok(Some(Value::Json(shape::kept(&planned.output, json, effort)?))),
        Err(_) if planned.format == Format::Json && reader == Reader::Nobody && !stated.is_some_and(is_json) => {
            Ok(None)
        }
        Err(fault) => Err(fault),
    }
}

/// The fault of a step whose value a later request is made of, and that was answered with none.
fn valueless(name: &str, status: StatusCode) -> Fault {
    let why = "without a body, and a later step sends what it says";
    Fault::upstream(UpstreamFault::Unusable, format!("{name} answered {}, {why}", in_words(status)))
}

/// The fault of a step that was answered with neither a success nor an error.
pub(super) fn no_answer(reply: Reply) -> Fault {
    let Reply { status, exchange, .. } = reply;
    let why = match status {
        StatusCode::NOT_MODIFIED => "though nothing is kept that it could stand for",
        _ => "which is not followed: only safe requests are redirected, and within one origin",
    };
    let mut fault =
        Fault::upstream(UpstreamFault::Unusable, format!("{} answered {}, {why}", exchange.name, in_words(status)));
    fault.upstream = Some(exchange);
    fault
}

/// The fault of a step that was answered with an error.
pub(super) async fn refused(execution: &Execution<'_>, reply: Reply) -> Fault {
    let secrets = execution.secrets();
    let Reply { status, headers, body, exchange } = reply;
    let mut fault = Fault::upstream(UpstreamFault::Status, format!("{} answered {status}", exchange.name));
    fault.retryable = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
    fault.retry_after = retry_after(&headers, execution.network.host.now_ms());
    let (body, complete) = match execution.whole(body, &headers, ERROR_BODY).await {
        Ok(body) => (hidden(body, secrets), true),
        Err(_) => (Bytes::new(), false),
    };
    let mut out = of_error(&headers, secrets);
    out.remove(header::CONTENT_ENCODING);
    out.remove(header::CONTENT_LENGTH);
    fault.upstream_error = Some(UpstreamError { status, headers: out, body, complete });
    fault.upstream = Some(exchange);
    fault
}
