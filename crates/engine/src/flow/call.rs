//! A call: its request sent, the answer made of the response.

use capstan_plan::{Call, Outputs};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::execution::Execution;
use crate::{
    base::fault::{Fault, UpstreamFault},
    credential::scheme::Scheme,
    exchange::draft::Draft,
    exchange::reply::Reply,
    request::build::build,
    request::headers::{self, Accept},
    response::answer::{Answer, AnswerBody, BodyStream},
    response::decode,
    response::error,
    response::format,
    response::headers::{of_error, passed_on},
    response::shape::{self, wanted::Wanted},
    template::scope::Scope,
    wire::body::OutgoingBody,
    wire::encodings,
    wire::size_limit::SizeLimited,
};

/// Sends the request of a call step.
pub(crate) async fn send(
    execution: &Execution<'_>,
    step: &Call,
    outputs: Option<&Outputs>,
    scope: Scope<'_>,
) -> Result<Reply, Fault> {
    let request = &step.request;
    let client = execution.client(request.client)?;
    if let Scheme::Unusable(fault) = &client.credential.scheme {
        return Err(fault.clone());
    }
    let accept = accept(step, outputs);
    let fields = &client.credential.fields;
    let prepare = |scope| {
        let random = |bytes: &mut [u8]| execution.network.host.random(bytes);
        build(request, execution.target(request, scope)?, scope, fields, accept, random)
    };
    let prepared = execution.compute(scope, 0, prepare).await?;
    // A request without a body is sent again as it is built again, so that the first attempt keeps no copy.
    let bodiless = matches!(prepared.body, OutgoingBody::Empty) && headers::are_repeatable(request);
    let rebuild = || headers::build(request, scope, fields, accept, None);
    let mut draft = Draft::new(prepared, bodiless.then_some(&rebuild))?.once(step.job.is_some());
    // In a box, as elsewhere where a flow exchanges: the future is large, and a dozen futures around it would move it with them.
    Box::pin(execution.exchange(client, &request.name).run(&mut draft)).await
}

/// What to ask for when the author does not say.
fn accept(step: &Call, outputs: Option<&Outputs>) -> Accept {
    match outputs {
        Some(Outputs::Identity) => Accept { media_types: "*/*", encodings: None },
        _ => Accept { media_types: format::accept(step.format), encodings: Some(encodings::ACCEPTED) },
    }
}

/// Makes the answer of a response: streamed when nothing is mapped or it is an error, mapped otherwise; then only
/// what is `wanted` of it is looked at.
pub(crate) async fn respond(
    execution: &Execution<'_>,
    step: &Call,
    outputs: &Outputs,
    reply: Reply,
    scope: Scope<'_>,
    wanted: Option<&Wanted>,
) -> Result<Answer, Fault> {
    let identity = matches!(outputs, Outputs::Identity);
    let failed = reply.status.as_u16() >= 400;
    let bodiless = has_no_body(&step.request.method, reply.status);
    if identity || failed || bodiless || !reply.status.is_success() {
        return match failed && !bodiless {
            true => Ok(Box::pin(passed_error(execution, reply)).await),
            false => stream(execution, step.max_binary, step.media_type.as_deref(), reply, bodiless),
        };
    }
    Box::pin(mapped(execution, step, outputs, reply, scope, wanted)).await
}

async fn mapped(
    execution: &Execution<'_>,
    step: &Call,
    outputs: &Outputs,
    reply: Reply,
    scope: Scope<'_>,
    wanted: Option<&Wanted>,
) -> Result<Answer, Fault> {
    let Reply { status, headers, body, exchange } = reply;
    let located = |mut fault: Fault| {
        fault.upstream.get_or_insert_with(|| exchange.clone());
        fault
    };
    let body = execution.whole(body, &headers, execution.limit).await.map_err(located)?;
    let mut out = passed_on(&headers, false, execution.secrets());
    if body.is_empty() {
        return Ok(Answer { status, headers: out, body: AnswerBody::Empty, from_upstream_error: false, room: None });
    }
    let map = |scope| {
        let value = decode::part(execution.files, step, &body, &headers, wanted)?;
        shape::apply(outputs, value, step.format, scope)
    };
    let value = execution.compute(scope, format::weight(step.format, body.len()), map).await.map_err(located)?;
    let room = execution.room_for(&value)?;
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(Answer { status, headers: out, body: AnswerBody::Json(value), from_upstream_error: false, room })
}

/// An upstream's error, passed on as it came but for our secrets.
pub(crate) async fn passed_error(execution: &Execution<'_>, reply: Reply) -> Answer {
    let Reply { status, headers, body, .. } = reply;
    let mut out = of_error(&headers, execution.secrets());
    let body =
        error::body((execution.network.upstreams.buffers, execution.turns), body, &mut out, execution.secrets()).await;
    Answer { status, headers: out, body, from_upstream_error: true, room: None }
}

/// The upstream's bytes as they come: at most `limit`, under the media type an author states.
pub(crate) fn stream(
    execution: &Execution<'_>,
    limit: Option<u64>,
    media_type: Option<&str>,
    reply: Reply,
    bodiless: bool,
) -> Result<Answer, Fault> {
    let Reply { status, headers, body, exchange } = reply;
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if let (Some(limit), Some(length), false) = (limit, length, bodiless)
        && length > limit
    {
        let mut fault = Fault::upstream(UpstreamFault::TooLarge, format!("it has more than {limit} bytes"));
        fault.upstream = Some(exchange);
        return Err(fault);
    }
    let failed = status.as_u16() >= 400;
    let mut out = passed_on(&headers, true, execution.secrets());
    retype(media_type, &mut out, failed);
    let body = if bodiless {
        AnswerBody::Empty
    } else {
        match limit {
            Some(limit) => AnswerBody::Stream(BodyStream::new(SizeLimited::new(body, limit))),
            None => AnswerBody::Stream(BodyStream::new(body)),
        }
    };
    Ok(Answer { status, headers: out, body, from_upstream_error: failed, room: None })
}

/// Claims the media type an author states for a binary answer.
fn retype(media_type: Option<&str>, headers: &mut HeaderMap, failed: bool) {
    if let Some(media_type) = media_type.filter(|_| !failed)
        && let Ok(value) = HeaderValue::from_str(media_type)
    {
        headers.insert(header::CONTENT_TYPE, value);
    }
}

/// Whether HTTP gives such a response no body.
pub(crate) fn has_no_body(method: &Method, status: StatusCode) -> bool {
    *method == Method::HEAD
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED | StatusCode::RESET_CONTENT)
}
