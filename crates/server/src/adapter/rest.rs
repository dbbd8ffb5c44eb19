//! REST: a matched request becomes an invocation, its outcome an HTTP answer. Bodies that nobody maps are passed through.

mod admission;
mod content;
mod described;
mod input;
mod job;
mod members;
mod respond;
mod unknown;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use capstan_engine::{CallerFault, Engine, Fault, ForwardRequest, Inputs, NoJob, Overload, Uncollected};
use capstan_plan::{Forward, Route, Target, budget::Effort};
use http::{Request, Response, StatusCode, header, request::Parts};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use self::{
    admission::{Passed, admitted},
    content::NO_ROOM,
    input::Reader,
    respond::{method_not_allowed, outcome},
};
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
        job_routes::{JobPurpose, Purpose},
        router::{Found, RouteMatch},
        routes::{RouteRef, RouteTarget, Routes},
    },
    shared::Shared,
};

/// A REST API, exposed by a document.
#[derive(Debug)]
pub struct RestAdapter {
    exposed: Exposed,
    /// Its routes alone, compiled on first use: on a port they are merged with those of others.
    routes: OnceLock<Box<Routes>>,
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
            Box::new(routes.built())
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
    let passed = match admitted(routes, &mut found, shared, &parts).await {
        Ok(passed) => passed,
        Err(refused) => return *refused,
    };
    let Some(first) = found.entries.first().and_then(|entry| routes.target(&entry.value)) else { return gone() };
    let capability = &first.exposed.capability;
    let Some(engine) = capability.engine() else { return capability.failing() };
    record.adapter(&capability.id, "rest");
    record.unit(&first.route.unit.name, first.meter());
    if let Purpose::Job(purpose) = first.purpose {
        return Box::pin(at_handle(routes, &found, purpose, shared, &passed, &parts, record)).await;
    }
    if let Target::Forward(forward) = &first.route.unit.target {
        let request = Request::from_parts(parts, body);
        return Box::pin(forwarded(shared, engine, forward, first, &found.captures, path, request, record)).await;
    }
    let body = match received(&mut parts, path, body, shared).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    called(&Routed { routes, found, passed, first, engine, parts, path }, &body, shared, record).await
}

/// A request that may call the routes it found.
struct Routed<'t> {
    routes: &'t Routes,
    found: Found<'t, RouteRef>,
    passed: Passed<'t>,
    first: RouteTarget<'t>,
    engine: &'t Arc<Engine>,
    parts: Parts,
    path: &'t str,
}

/// Calls the route that fits a request best.
async fn called(routed: &Routed<'_>, body: &Bytes, shared: &Shared, record: &mut AccessRecord) -> Response<Body> {
    let Routed { routes, found, passed, first, engine, parts, path } = routed;
    let read_inputs = |effort| {
        let reader = Reader::new(parts, path, body, &found.captures, engine, effort);
        let chosen = choose(routes, found, *first, &reader).map(|(target, inputs)| {
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
        Target::Flow(id) if let Purpose::Call { jobs: true } = target.purpose => {
            let principal = passed.principal(target.exposed);
            let asked = job::Asked { shared, engine, target, principal, parts };
            Box::pin(asked.begin(*id, inputs, record)).await
        }
        Target::Flow(id) => {
            let answer = Box::pin(engine.invoke(*id, inputs, record.invocation())).await;
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
    if let Some(description) = described::answer(routes, path, shared, parts).await {
        return description;
    }
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

/// Does something with a job. Routes for the same requests have jobs of their own: the handle says whose it is.
async fn at_handle<'t>(
    routes: &'t Routes,
    found: &Found<'t, RouteRef>,
    purpose: JobPurpose,
    shared: &Shared,
    passed: &Passed<'t>,
    parts: &Parts,
    record: &mut AccessRecord,
) -> Response<Body> {
    let handle = found.captures.last().map_or("", String::as_str);
    let mut why = NoJob::Unknown;
    for entry in &found.entries {
        let Some(target) = routes.target(&entry.value) else { continue };
        let Some(engine) = target.exposed.capability.engine() else { continue };
        let asked = job::Asked { shared, engine, target, principal: passed.principal(target.exposed), parts };
        match asked.resumed(handle) {
            Ok(job) => return asked.at_handle(&job, purpose, record).await,
            Err(NoJob::Unknown) => {}
            Err(known) => why = known,
        }
    }
    job::refused(&why)
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

#[cfg(test)]
mod tests;
