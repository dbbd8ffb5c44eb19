//! REST: a matched request becomes an invocation, its outcome an HTTP answer. Bodies that nobody maps are passed through.

mod content;
mod input;
mod unknown;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use capstan_engine::{
    Answer, AnswerBody, CallerFault, Engine, Fault, ForwardRequest, Inputs, NoRoom, Overload, Uncollected, size,
    workers::IN_PLACE,
};
use capstan_plan::{Flow, Forward, Route, Target, budget::Effort};
use http::{HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use self::{content::NO_ROOM, input::Reader};
use super::context::Context;
use crate::{
    capability::exposed::{Exposed, admit_any},
    http::{
        access::AccessRecord,
        body::{Body, BodyError},
        inbound::{Inbound, InboundError},
        problem,
    },
    routing::{
        router::{Entry, Found, RouteMatch},
        routes::{RouteRef, RouteTarget, Routes},
    },
    shared::Shared,
};

/// A REST API, exposed by a document.
#[derive(Debug)]
pub struct RestAdapter {
    exposed: Exposed,
    /// Its routes alone, compiled on first use: on a port they are merged with those of others.
    routes: OnceLock<Routes>,
}

impl RestAdapter {
    pub(super) fn new(exposed: Exposed) -> Self {
        Self { exposed, routes: OnceLock::new() }
    }

    pub(super) fn exposed(&self) -> &Exposed {
        &self.exposed
    }

    /// Its routes alone.
    #[must_use]
    pub fn routes(&self) -> &Routes {
        self.routes.get_or_init(|| {
            let mut routes = Routes::default();
            routes.add(&self.exposed);
            routes.built()
        })
    }

    /// Answers a request whose path, as this adapter sees it, is `path`.
    pub(super) async fn answer(
        &self,
        path: &str,
        request: Request<Inbound>,
        context: &Context,
        record: &mut AccessRecord,
    ) -> Response<Body> {
        let path = if path.is_empty() { "/" } else { path };
        answer(self.routes(), path, request, &context.shared, record).await
    }
}

/// Answers a request at one of these routes.
pub(crate) async fn answer(
    routes: &Routes,
    path: &str,
    request: Request<Inbound>,
    shared: &Shared,
    record: &mut AccessRecord,
) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let mut found = match routes.find(&parts.method, path, parts.uri.query()) {
        RouteMatch::Found(found) => found,
        RouteMatch::Method(allowed) => {
            let refused = Box::pin(admit_any(routes.at(path).cloned(), shared, &parts)).await;
            return refused.unwrap_or_else(|| method_not_allowed(&parts.method, &allowed));
        }
        RouteMatch::Nothing => return Box::pin(nothing(routes, path, shared, &parts)).await,
    };
    if let Some(refused) = admitted(routes, &mut found, shared, &parts).await {
        return refused;
    }
    let Some(first) = found.entries.first().and_then(|entry| routes.target(&entry.value)) else { return gone() };
    let capability = &first.exposed.capability;
    let Some(engine) = capability.engine() else { return capability.failing() };
    record.adapter(&capability.id, "rest");
    record.unit(&first.route.unit.name, first.meter());
    if let Target::Forward(forward) = &first.route.unit.target {
        let request = Request::from_parts(parts, body);
        return Box::pin(forwarded(shared, engine, forward, first, &found.captures, path, request, record)).await;
    }
    let body = match received(&mut parts, path, body, shared).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let read_inputs = |effort| {
        let reader = Reader::new(&parts, path, &body, &found.captures, engine, effort);
        let chosen = choose(routes, &found, first, &reader).map(|(target, inputs)| {
            let refused = reader.refusal(target.route, target.params).map(Box::new);
            (target, inputs, refused)
        });
        reader.breach().map_or(chosen, Err)
    };
    let (target, inputs) = match shared.engine.turns().attempt(body.len(), read_inputs).await {
        Ok((target, inputs, None)) => (target, inputs),
        Ok((.., Some(refused))) => return *refused,
        Err(fault) => return problem::of_fault(&fault, &[], |_| None),
    };
    let route = target.route;
    if !std::ptr::eq(route, first.route) {
        record.unit(&route.unit.name, target.meter());
    }
    match &route.unit.target {
        Target::Flow(id) => {
            let answer = engine.invoke(*id, inputs, record.invocation()).await;
            outcome(shared, answer, route, engine.plan().flows.get(*id), record).await
        }
        Target::Unavailable(unit) => outcome(shared, Err(Engine::unavailable(unit)), route, None, record).await,
        Target::Forward(_) => gone(),
    }
}

/// The answer where a route was a moment ago.
fn gone() -> Response<Body> {
    problem::plain(StatusCode::NOT_FOUND, "no-route", "this route is gone")
}

/// The answer where no route is, for those who may know.
async fn nothing(routes: &Routes, path: &str, shared: &Shared, parts: &Parts) -> Response<Body> {
    let refused = admit_any(routes.members().iter().cloned(), shared, parts).await;
    refused.unwrap_or_else(|| problem::plain(StatusCode::NOT_FOUND, "no-route", format!("nothing is served at {path}")))
}

/// Passes a request on as it came.
async fn forwarded(
    shared: &Shared,
    engine: &Arc<Engine>,
    forward: &Forward,
    target: RouteTarget<'_>,
    captures: &[String],
    path: &str,
    request: Request<Inbound>,
    record: &mut AccessRecord,
) -> Response<Body> {
    let limit = shared.limits.body;
    let (parts, body) = request.into_parts();
    if let Some(refused) = too_long(&parts, limit) {
        return refused;
    }
    let rest = forward.rest.as_deref().and_then(|name| target.params.iter().position(|param| **param == *name));
    let mut inputs = Inputs::with_slots(forward.slots);
    Reader::new(&parts, path, &Bytes::new(), captures, engine, Effort::InPlace).fill(
        target.route,
        target.params,
        &mut inputs,
    );
    let request = ForwardRequest {
        method: parts.method,
        rest: rest.and_then(|at| captures.get(at).cloned()),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        body: Limited::new(body, limit).map_err(move |error| unread(&error, limit)).boxed(),
    };
    let answer = engine.forward(forward, inputs, request, record.invocation()).await;
    outcome(shared, answer, target.route, None, record).await
}

/// Leaves the routes whose adapters let the caller pass; says why when there is none.
async fn admitted(
    routes: &Routes,
    found: &mut Found<'_, RouteRef>,
    shared: &Shared,
    parts: &Parts,
) -> Option<Response<Body>> {
    let gated =
        |entry: &&Entry<RouteRef>| routes.target(&entry.value).is_some_and(|target| target.exposed.gate().is_some());
    if !found.entries.iter().any(gated) {
        return None;
    }
    let mut refused = None;
    let mut passing = Vec::with_capacity(found.entries.len());
    for entry in &found.entries {
        let Some(target) = routes.target(&entry.value) else { continue };
        match Box::pin(target.exposed.admit(shared, parts)).await {
            Ok(_) => passing.push(*entry),
            Err(answer) => drop(refused.get_or_insert(answer)),
        }
    }
    if !passing.is_empty() {
        found.entries = passing;
        return None;
    }
    refused
}

/// Of several routes for the same requests, the one whose required inputs are all there and that finds the most of its inputs;
/// the first in the document when two are equal (rule E1). What none of its inputs takes is noted.
fn choose<'t>(
    routes: &'t Routes,
    found: &Found<'t, RouteRef>,
    first: RouteTarget<'t>,
    reader: &Reader<'_>,
) -> Result<(RouteTarget<'t>, Inputs), Fault> {
    let plan = first.exposed.capability.plan();
    let flow_of = |route: &Route| match &route.unit.target {
        Target::Flow(id) => plan.and_then(|plan| plan.flows.get(*id)),
        Target::Forward(_) | Target::Unavailable(_) => None,
    };
    let mut best: Option<((bool, usize), RouteTarget<'t>, Inputs)> = None;
    for entry in &found.entries {
        let Some(target) = routes.target(&entry.value) else { continue };
        let flow = flow_of(target.route);
        let mut inputs = flow.map_or_else(|| Inputs::with_slots(0), Inputs::for_flow);
        let present = reader.fill(target.route, target.params, &mut inputs);
        let complete = flow
            .is_some_and(|flow| flow.inputs.iter().all(|input| !input.required || inputs.get(input.slot).is_some()));
        let score = (complete, present);
        if best.as_ref().is_none_or(|(known, ..)| score > *known) {
            best = Some((score, target, inputs));
        }
        if found.entries.len() == 1 {
            break;
        }
    }
    let (_, target, mut inputs) =
        best.ok_or_else(|| Fault::caller(CallerFault::InvalidInput, "no route takes this request"))?;
    unknown::refuse(reader, target.route, &mut inputs);
    Ok((target, inputs))
}

/// The body of a request that is read here, once its path and query are known to be text.
async fn received(parts: &mut Parts, path: &str, body: Inbound, shared: &Shared) -> Result<Bytes, Response<Body>> {
    if let Some(refused) = content::no_text(path, parts.uri.query()) {
        return Err(refused);
    }
    if http_body::Body::is_end_stream(&body) {
        return Ok(Bytes::new());
    }
    // Boxed, as all that not every request needs: the future of an answer is copied about.
    Box::pin(read(parts, body, shared)).await
}

/// Waits for a body that is read here, and undoes its encoding.
async fn read(parts: &mut Parts, body: Inbound, shared: &Shared) -> Result<Bytes, Response<Body>> {
    let limit = shared.limits.body;
    if let Some(refused) = too_long(parts, limit) {
        return Err(refused);
    }
    let body = shared.engine.buffers().collect(body, limit).await.map_err(|why| match why {
        Uncollected::TooLarge => too_large(limit),
        Uncollected::NoRoom => problem::of_fault(&Fault::overload(Overload::Buffers, NO_ROOM), &[], |_| None),
        Uncollected::Broken(error) => problem::unread(&error),
    })?;
    content::decoded(parts, body, shared).await
}

/// The answer to a request that says itself that its body is too long.
fn too_long(parts: &Parts, limit: usize) -> Option<Response<Body>> {
    let length = parts.headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse::<u64>().ok()?;
    (length > limit as u64).then(|| too_large(limit))
}

fn too_large(limit: usize) -> Response<Body> {
    problem::plain(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", too_many(limit))
}

async fn outcome(
    shared: &Shared,
    outcome: Result<Answer, Fault>,
    route: &Route,
    flow: Option<&Flow>,
    record: &mut AccessRecord,
) -> Response<Body> {
    match outcome {
        Ok(answer) => respond(answer, shared).await,
        Err(fault) => {
            record.fault(&fault);
            problem::of_fault(&fault, &route.inputs, |name| {
                Some(flow?.inputs.iter().find(|input| *input.name == *name)?.slot)
            })
        }
    }
}

/// What was wrong with a body that is passed on as it comes.
fn unread(error: &BodyError, limit: usize) -> Fault {
    if error.is::<LengthLimitError>() {
        return Fault::caller(CallerFault::TooLarge, too_many(limit));
    }
    match error.downcast_ref() {
        Some(slow @ InboundError::Slow(_)) => Fault::caller(CallerFault::TooSlow, slow.to_string()),
        _ => Fault::caller(CallerFault::InvalidInput, format!("the request body cannot be read: {error}")),
    }
}

fn too_many(limit: usize) -> String {
    format!("a request body may have {limit} bytes")
}

/// Bytes that wait for their caller to take them; few of them go at once.
fn kept(bytes: Bytes, shared: &Shared) -> Result<Bytes, Response<Body>> {
    if bytes.len() <= IN_PLACE {
        return Ok(bytes);
    }
    let kept = shared.engine.buffers().keep(bytes);
    kept.map_err(|NoRoom| problem::of_fault(&Fault::overload(Overload::Buffers, NO_ROOM), &[], |_| None))
}

async fn respond(answer: Answer, shared: &Shared) -> Response<Body> {
    let json = matches!(answer.body, AnswerBody::Json(_));
    let body = match answer.body {
        AnswerBody::Empty => Body::Empty,
        AnswerBody::Json(value) => {
            let write = || serde_json::to_vec(&value).unwrap_or_default();
            match kept(shared.engine.turns().run(size(&value), write).await.into(), shared) {
                Ok(bytes) => Body::Full(bytes),
                Err(refused) => return refused,
            }
        }
        AnswerBody::Bytes(bytes) => Body::Full(bytes),
        AnswerBody::Stream(stream) => Body::Upstream(stream),
    };
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    if json {
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
    }
    response
}

fn method_not_allowed(method: &Method, allowed: &[Method]) -> Response<Body> {
    let mut list: Vec<&str> = allowed.iter().map(Method::as_str).collect();
    list.push("OPTIONS");
    let list = list.join(", ");
    let mut response = if *method == Method::OPTIONS {
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = StatusCode::NO_CONTENT;
        response
    } else {
        let detail = format!("{method} is not served here, only {list}");
        problem::plain(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail)
    };
    if let Ok(value) = HeaderValue::from_str(&list) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    response
}

#[cfg(test)]
mod tests;
