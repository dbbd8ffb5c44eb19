//! Runs the steps of a flow: each starts when everything it reads is there, so independent ones run at the same time.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use capstan_plan::{
    Call as CallStep, FileUse, Flow, Format, Lookup, Mapping, Outcome, Outputs, Script, Step, StepKind,
};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value as Json};

use crate::{
    base::fault::{CapabilityFault, Fault, FaultKind, UpstreamError, UpstreamFault},
    base::invocation::Invocation,
    base::value::{Inputs, Value},
    engine::{Engine, FlowState},
    exchange::run::Reply,
    flow::lookup,
    flow::run::{respond, send},
    flow::script,
    response::answer::{Answer, AnswerBody},
    response::decode,
    response::headers::passed_on,
    response::shape::{self, wanted::Wanted},
    template::eval::Scope,
    wire::collect::collect,
    wire::encodings::decoded,
};

/// The most bytes of an upstream's error that a fault carries.
const PASSED: usize = 64 << 10;

/// An answer kept whole, for a flow that may have to fall back on it.
struct Kept {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// What a step leaves behind.
enum Done {
    Value(Option<Value>),
    /// Its value, and the answer it came in.
    Kept(Option<Value>, Box<Kept>),
    /// The answer the flow gives, not read yet.
    Open(Box<Reply>),
}

pub(crate) fn no_call() -> Fault {
    Fault::new(FaultKind::Internal, "the flow has no call to answer with")
}

/// Runs all steps and makes the answer.
pub(crate) async fn run(
    engine: &Engine,
    flow: &Flow,
    inputs: &Inputs,
    state: &FlowState,
    invocation: &Invocation,
) -> Result<Answer, Fault> {
    let scope = Scope::new(inputs, &engine.bindings, &state.functions);
    let total = flow.steps.len();
    let mut waiting: Vec<(usize, Vec<usize>)> =
        flow.steps.iter().enumerate().map(|(at, step)| (at, step.after.to_vec())).collect();
    let mut running = FuturesUnordered::new();
    let mut answer = None;
    let mut kept = None;
    let mut done = 0;
    loop {
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, after)| after.is_empty());
        waiting = rest;
        for (at, _) in ready {
            let Some(step) = flow.steps.get(at) else { continue };
            let role = role(flow, at);
            running.push(async move { (at, run_step(engine, step, role, scope, invocation).await) });
        }
        let Some((at, outcome)) = running.next().await else { break };
        let Some(step) = flow.steps.get(at) else { continue };
        let outcome = outcome.map_err(|mut fault| {
            if !step.name.is_empty() {
                fault.step.get_or_insert_with(|| step.name.clone());
            }
            fault.at(&step.origin)
        })?;
        match outcome {
            Done::Value(value) => fill(inputs, step, value),
            Done::Kept(value, whole) => {
                fill(inputs, step, value);
                kept = Some(whole);
            }
            Done::Open(reply) => answer = Some(reply),
        }
        for (_, after) in &mut waiting {
            after.retain(|before| *before != at);
        }
        done += 1;
        if let Some(progress) = &invocation.progress {
            progress(done, total, &step.name);
        }
    }
    if !waiting.is_empty() {
        return Err(Fault::new(FaultKind::Internal, "steps wait for each other"));
    }
    finish(engine, flow, answer, kept, scope, state).await
}

fn fill(inputs: &Inputs, step: &Step, value: Option<Value>) {
    if let Some(value) = value {
        inputs.fill(step.slot, value);
    }
}

/// What a step's answer is for.
#[derive(Clone, Copy)]
enum Role<'a> {
    /// Its value alone.
    Step,
    /// Its value, and perhaps the flow's answer.
    Both,
    /// The flow's answer alone.
    Answer(&'a Outputs),
}

fn role(flow: &Flow, at: usize) -> Role<'_> {
    let read = flow.steps.iter().any(|step| step.after.contains(&at));
    match &flow.outcome {
        Outcome::Response { step, outputs } if *step == at && !read => Role::Answer(outputs),
        Outcome::Response { step, .. } if *step == at => Role::Both,
        Outcome::Mapped { fallback: Some((step, _)), .. } if *step == at => Role::Both,
        _ => Role::Step,
    }
}

async fn finish(
    engine: &Engine,
    flow: &Flow,
    answer: Option<Box<Reply>>,
    kept: Option<Box<Kept>>,
    scope: Scope<'_>,
    state: &FlowState,
) -> Result<Answer, Fault> {
    match &flow.outcome {
        Outcome::Mock(mock) => crate::flow::mock::answer(engine, mock, scope.frame, state).await,
        Outcome::Response { step, outputs } => {
            let call = call_at(flow, *step)?;
            match (answer, kept) {
                (Some(reply), _) => respond(engine, call, outputs, *reply, scope, Wanted::of(outputs).as_ref()).await,
                (None, Some(kept)) => again(engine, call, outputs, *kept, scope),
                (None, None) => Err(no_call()),
            }
        }
        Outcome::Mapped { mappings, fallback } => {
            let object = mapped(mappings, scope)?;
            match (fallback, kept) {
                (Some((step, outputs)), Some(kept)) if object.is_empty() => {
                    again(engine, call_at(flow, *step)?, outputs, *kept, scope)
                }
                _ => {
                    let mut answer = Answer::new(StatusCode::OK, AnswerBody::Json(Json::Object(object)));
                    let json = http::HeaderValue::from_static("application/json");
                    answer.headers.insert(header::CONTENT_TYPE, json);
                    Ok(answer)
                }
            }
        }
    }
}

fn call_at(flow: &Flow, at: usize) -> Result<&CallStep, Fault> {
    match flow.steps.get(at).map(|step| &step.kind) {
        Some(StepKind::Call(call)) => Ok(call),
        _ => Err(no_call()),
    }
}

fn mapped(mappings: &[Mapping], scope: Scope<'_>) -> Result<Map<String, Json>, Fault> {
    let mut object = Map::new();
    for mapping in mappings {
        if let Some(value) = scope.eval(&mapping.value)? {
            shape::set(&mut object, &mapping.target, value);
        }
    }
    Ok(object)
}

/// The flow's answer from one that was read already.
fn again(engine: &Engine, call: &CallStep, outputs: &Outputs, kept: Kept, scope: Scope<'_>) -> Result<Answer, Fault> {
    let Kept { status, headers, body } = kept;
    let identity = matches!(outputs, Outputs::Identity);
    let mut out = passed_on(&headers, identity);
    let body = if body.is_empty() {
        AnswerBody::Empty
    } else if identity {
        // The encoding was undone when it was read.
        out.remove(header::CONTENT_ENCODING);
        out.remove(header::CONTENT_LENGTH);
        AnswerBody::Bytes(body)
    } else {
        let value = shape::apply(outputs, decode::body(engine, call, &body, &headers)?, call.format, scope)?;
        out.insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
        AnswerBody::Json(value)
    };
    Ok(Answer { status, headers: out, body, from_upstream_error: false })
}

async fn run_step(
    engine: &Engine,
    step: &Step,
    role: Role<'_>,
    scope: Scope<'_>,
    invocation: &Invocation,
) -> Result<Done, Fault> {
    match &step.kind {
        StepKind::Call(planned) => run_call(engine, planned, role, scope, invocation).await,
        StepKind::Lookup(planned) => run_lookup(planned, scope).map(Done::Value),
        StepKind::Script(planned) => run_script(engine, planned, scope).await.map(Done::Value),
    }
}

async fn run_call(
    engine: &Engine,
    planned: &CallStep,
    role: Role<'_>,
    scope: Scope<'_>,
    invocation: &Invocation,
) -> Result<Done, Fault> {
    let outputs = match role {
        Role::Answer(outputs) => Some(outputs),
        Role::Step | Role::Both => None,
    };
    let reply = send(engine, planned, outputs, scope, invocation).await?;
    if reply.status.as_u16() >= 400 {
        return Err(refused(reply).await);
    }
    if outputs.is_some() {
        return Ok(Done::Open(Box::new(reply)));
    }
    let Reply { status, headers, body, exchange } = reply;
    let limit = planned.max_binary.and_then(|max| usize::try_from(max).ok()).unwrap_or(engine.limit);
    let located = |mut fault: Fault| {
        fault.upstream.get_or_insert_with(|| exchange.clone());
        fault
    };
    let body = collect(body, limit).await.map_err(located)?;
    let body = decoded(body, &headers, limit).map_err(located)?;
    let value = value_of(engine, planned, &body, &headers).map_err(located)?;
    Ok(match role {
        Role::Step => Done::Value(value),
        Role::Both | Role::Answer(_) => Done::Kept(value, Box::new(Kept { status, headers, body })),
    })
}

/// What a step keeps of an answer: nothing of an empty one, nor of text where JSON was only assumed.
fn value_of(engine: &Engine, planned: &CallStep, body: &Bytes, headers: &HeaderMap) -> Result<Option<Value>, Fault> {
    if body.is_empty() {
        return Ok(None);
    }
    if planned.format == Format::Binary {
        let stated = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        return Ok(Some(Value::bytes(planned.media_type.as_deref().or(stated), body.clone())));
    }
    match decode::body(engine, planned, body, headers) {
        Ok(json) => Ok(Some(Value::Json(shape::kept(&planned.output, json)))),
        Err(_) if planned.format == Format::Json => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// The fault of a step that was answered with an error.
async fn refused(reply: Reply) -> Fault {
    let Reply { status, headers, body, exchange } = reply;
    let mut fault = Fault::upstream(UpstreamFault::Status, format!("{} answered {status}", exchange.name));
    fault.retryable = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
    fault.retry_after = headers
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().parse().ok())
        .map(Duration::from_secs);
    let (body, complete) = match collect(body, PASSED).await {
        Ok(body) => match decoded(body, &headers, PASSED) {
            Ok(body) => (body, true),
            Err(_) => (Bytes::new(), false),
        },
        Err(_) => (Bytes::new(), false),
    };
    let mut out = passed_on(&headers, true);
    out.remove(header::CONTENT_ENCODING);
    out.remove(header::CONTENT_LENGTH);
    fault.upstream_error = Some(UpstreamError { status, headers: out, body, complete });
    fault.upstream = Some(exchange);
    fault
}

fn run_lookup(planned: &Lookup, scope: Scope<'_>) -> Result<Option<Value>, Fault> {
    let Some(index) = scope.eval(&planned.index)? else {
        return Err(Fault::capability(CapabilityFault::LookupFailed, "the step it searches has no output"));
    };
    let Some(value) = scope.eval(&planned.value)? else { return Ok(None) };
    Ok(lookup::run(&index.into_json(), &planned.matches, &value.into_json(), &planned.fields).map(Value::Json))
}

async fn run_script(engine: &Engine, planned: &Script, scope: Scope<'_>) -> Result<Option<Value>, Fault> {
    let mut context = Map::new();
    for (name, template) in &planned.context {
        if let Some(value) = scope.eval(template)? {
            context.insert(name.to_string(), value.into_json().into_owned());
        }
    }
    let mut files = Vec::new();
    for (name, id) in &planned.files {
        if let FileUse::Script { folder } = &engine.file(*id)?.usage {
            files.push((folder.clone(), name.clone()));
        }
    }
    let host = Arc::clone(&engine.shared.host);
    let limits = script::Limits {
        timeout: Duration::from_millis(planned.timeout_ms),
        statements: planned.statements,
        ..script::Limits::default()
    };
    let failed = |why: String| Fault::capability(CapabilityFault::ScriptFailed, why);
    let _turn = engine.shared.scripts.acquire().await.map_err(|_| failed("the server is stopping".to_owned()))?;
    let work = tokio::task::spawn_blocking(move || {
        let mut texts = Vec::with_capacity(files.len());
        for (folder, file) in &files {
            let bytes =
                host.read_below(folder.as_ref(), file).map_err(|error| format!("`{file}` cannot be read: {error}"))?;
            texts.push(String::from_utf8(bytes).map_err(|_| format!("`{file}` is not UTF-8"))?);
        }
        let sources: Vec<script::Source<'_>> =
            files.iter().zip(&texts).map(|((_, name), text)| script::Source { name, text }).collect();
        script::run(&sources, &Json::Object(context), &limits).map_err(|error| error.to_string())
    });
    let result = work.await.map_err(|_| failed("the script engine failed".to_owned()))?;
    result.map(|value| value.map(Value::Json)).map_err(failed)
}
