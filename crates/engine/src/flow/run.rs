//! Runs a flow: contract, bound values, then its only call, its steps, or its mock.

use std::future::Future;

use capstan_plan::{Call as CallStep, Flow, Outcome, Outputs, StepKind};
use http::{HeaderMap, Method, StatusCode, header};

use crate::{
    base::fault::{CallerFault, Fault, UpstreamFault},
    base::invocation::Invocation,
    base::value::Inputs,
    engine::{Engine, FlowState},
    exchange::run::Reply,
    flow::mock,
    flow::steps,
    request::build::{accept, build},
    response::answer::{Answer, AnswerBody, BodyStream},
    response::decode,
    response::headers::passed_on,
    response::shape::{self, wanted::Wanted},
    template::eval::Scope,
    wire::collect::collect,
    wire::encodings::decoded,
};

/// Runs a flow.
pub(crate) async fn run(
    engine: &Engine,
    flow: &Flow,
    state: &FlowState,
    mut inputs: Inputs,
    invocation: &Invocation,
) -> Result<Answer, Fault> {
    state.contract.check(flow, &mut inputs, invocation.mode)?;
    if let Some(fault) = engine.blocked(&flow.bindings) {
        return Err(fault);
    }
    for (slot, template) in &flow.bound {
        let value = Scope::new(&inputs, &engine.bindings, &state.functions).eval(template)?;
        if let Some(value) = value.map(crate::template::print::Val::into_value) {
            inputs.set(*slot, value);
        }
    }
    match (&flow.outcome, &*flow.steps) {
        // What is rare is boxed: a future is as large as the largest it awaits.
        (Outcome::Mock(mock), []) => Box::pin(mock::answer(engine, mock, &inputs, state)).await,
        (Outcome::Response { step: 0, outputs }, [only]) if matches!(only.kind, StepKind::Call(_)) => {
            let StepKind::Call(step) = &only.kind else { return Err(steps::no_call()) };
            single(engine, step, outputs, &inputs, state, invocation).await.map_err(|fault| fault.at(&only.origin))
        }
        _ => Box::pin(steps::run(engine, flow, &inputs, state, invocation)).await,
    }
}

/// One call and its mapped answer.
async fn single(
    engine: &Engine,
    step: &CallStep,
    outputs: &Outputs,
    inputs: &Inputs,
    state: &FlowState,
    invocation: &Invocation,
) -> Result<Answer, Fault> {
    let scope = Scope::new(inputs, &engine.bindings, &state.functions);
    let reply = send(engine, step, Some(outputs), scope, invocation).await?;
    let wanted = state.wanted.get_or_init(|| Wanted::of(outputs).map(Box::new));
    respond(engine, step, outputs, reply, scope, wanted.as_deref()).await
}

/// Sends the request of a call step.
pub(crate) async fn send(
    engine: &Engine,
    step: &CallStep,
    outputs: Option<&Outputs>,
    scope: Scope<'_>,
    invocation: &Invocation,
) -> Result<Reply, Fault> {
    let request = &step.request;
    let client = engine.client(request.client)?;
    if let crate::credential::activate::Scheme::Unusable(fault) = &client.credential.scheme {
        return Err(fault.clone());
    }
    let target = engine.target(request, scope)?;
    let mapped = !matches!(outputs, Some(Outputs::Identity));
    let random = |bytes: &mut [u8]| engine.shared.host.random(bytes);
    let mut prepared = build(request, target, scope, &client.credential.fields, accept(step, outputs), random)?;
    if mapped {
        let encodings = http::HeaderValue::from_static(crate::wire::encodings::ACCEPTED);
        prepared.headers.entry(header::ACCEPT_ENCODING).or_insert(encodings);
    }
    engine.exchange(client, &request.name, invocation).run(prepared).await
}

/// Makes the answer of a response: streamed when nothing is mapped or it is an error, mapped otherwise; then only what is `wanted`
/// of it is looked at.
pub(crate) async fn respond(
    engine: &Engine,
    step: &CallStep,
    outputs: &Outputs,
    reply: Reply,
    scope: Scope<'_>,
    wanted: Option<&Wanted>,
) -> Result<Answer, Fault> {
    let identity = matches!(outputs, Outputs::Identity);
    let failed = reply.status.as_u16() >= 400;
    let bodiless = has_no_body(&step.request.method, reply.status);
    if identity || failed || bodiless || !reply.status.is_success() {
        return stream(step, reply, bodiless, failed);
    }
    Box::pin(mapped(engine, step, outputs, reply, scope, wanted)).await
}

async fn mapped(
    engine: &Engine,
    step: &CallStep,
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
    let body = collect(body, engine.limit).await.map_err(located)?;
    let body = decoded(body, &headers, engine.limit).map_err(located)?;
    let mut out = passed_on(&headers, false);
    if body.is_empty() {
        return Ok(Answer { status, headers: out, body: AnswerBody::Empty, from_upstream_error: false });
    }
    let value = decode::part(engine, step, &body, &headers, wanted).map_err(located)?;
    let value = shape::apply(outputs, value, step.format, scope)?;
    out.insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    Ok(Answer { status, headers: out, body: AnswerBody::Json(value), from_upstream_error: false })
}

/// The upstream's bytes as they come.
fn stream(step: &CallStep, reply: Reply, bodiless: bool, failed: bool) -> Result<Answer, Fault> {
    let Reply { status, headers, body, exchange } = reply;
    let limit = step.max_binary.filter(|_| !failed);
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if let (Some(limit), Some(length), false) = (limit, length, bodiless)
        && length > limit
    {
        let mut fault = Fault::upstream(UpstreamFault::TooLarge, format!("it has more than {limit} bytes"));
        fault.upstream = Some(exchange);
        return Err(fault);
    }
    let mut out = passed_on(&headers, true);
    retype(step, &mut out, failed);
    let body = if bodiless {
        AnswerBody::Empty
    } else {
        match limit {
            Some(limit) => AnswerBody::Stream(BodyStream::new(crate::wire::size_limit::SizeLimited::new(body, limit))),
            None => AnswerBody::Stream(BodyStream::new(body)),
        }
    };
    Ok(Answer { status, headers: out, body, from_upstream_error: failed })
}

/// Claims the media type an author states for a binary answer.
fn retype(step: &CallStep, headers: &mut HeaderMap, failed: bool) {
    if let Some(media_type) = step.media_type.as_deref().filter(|_| !failed)
        && let Ok(value) = http::HeaderValue::from_str(media_type)
    {
        headers.insert(header::CONTENT_TYPE, value);
    }
}

/// Whether HTTP gives such a response no body.
pub(crate) fn has_no_body(method: &Method, status: StatusCode) -> bool {
    *method == Method::HEAD
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED | StatusCode::RESET_CONTENT)
}

/// Runs `work` until it is done, cancelled or too late.
pub(crate) async fn until<T>(
    work: impl Future<Output = Result<T, Fault>>,
    invocation: &Invocation,
) -> Result<T, Fault> {
    if invocation.cancel.is_none() && invocation.deadline.is_none() {
        return work.await;
    }
    let cancelled = async {
        match &invocation.cancel {
            Some(token) => token.cancelled().await,
            None => std::future::pending().await,
        }
    };
    let late = async {
        match invocation.deadline {
            Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        outcome = work => outcome,
        () = cancelled => Err(Fault::caller(CallerFault::Cancelled, "the caller cancelled the call")),
        () = late => Err(Fault::upstream(UpstreamFault::Timeout, "the call took longer than its deadline")),
    }
}
