//! Runs what a tool or a resource stands for and waits for the whole answer, unless the client stops waiting.

use std::time::Instant;

use capstan_engine::{
    CallerFault, CapabilityFault, Collected, Engine, Fault, FaultKind, InputMode, Inputs, Invocation,
};
use capstan_plan::{Flow, FlowId, Target};
use rmcp::{RoleServer, service::RequestContext};

use super::{progress, view::View};

/// The most bytes of an answer.
const LIMIT: usize = 10 << 20;

/// The flow behind a target.
pub(super) fn flow<'v>(view: &'v View, target: &Target) -> Result<(FlowId, &'v Flow), Fault> {
    match target {
        Target::Flow(id) => match view.plan.flows.get(*id) {
            Some(flow) => Ok((*id, flow)),
            None => Err(Fault::new(FaultKind::Internal, "its flow is not in the plan")),
        },
        Target::Unavailable(unit) => Err(Engine::unavailable(unit)),
        Target::Forward(_) => {
            Err(Fault::capability(CapabilityFault::Unavailable, "a transparent proxy cannot be called over MCP"))
        }
    }
}

/// Runs a flow. `unit` names it in the log.
pub(super) async fn run(
    view: &View,
    unit: &str,
    (id, flow): (FlowId, &Flow),
    inputs: Inputs,
    context: &RequestContext<RoleServer>,
) -> Result<Collected, Fault> {
    let started = Instant::now();
    let mut invocation =
        Invocation { cancel: Some(context.ct.clone()), mode: InputMode::Typed, ..Invocation::default() };
    let exchanges = invocation.exchanges.clone();
    let token = context.meta.get_progress_token();
    let steps = token.is_some().then(|| progress::steps(&mut invocation));
    // In a box: an invocation is large, and what is around it would hold it several times.
    let work = Box::pin(async { view.engine.invoke(id, inputs, invocation).await?.collect(LIMIT).await });
    let done = async {
        match (token, steps) {
            (Some(token), Some(steps)) => {
                progress::reported(work, context.peer.clone(), token, steps, flow.steps.len()).await
            }
            _ => work.await,
        }
    };
    let outcome = context.ct.run_until_cancelled(done).await;
    let outcome = outcome.unwrap_or_else(|| Err(Fault::caller(CallerFault::Cancelled, "")));
    let exchange = exchanges.entries().pop();
    if let Some(meter) = view.capability.meter("mcp", unit) {
        let status = outcome.as_ref().map_or_else(|fault| fault.status(), |answer| answer.status);
        meter.record(status.as_u16(), started.elapsed());
    }
    tracing::info!(
        target: "capstan::access",
        capability = &*view.capability.id,
        unit,
        status = outcome.as_ref().map_or_else(|fault| fault.status(), |answer| answer.status).as_u16(),
        upstream_status = exchange.as_ref().and_then(|e| e.status).map(|status| status.as_u16()),
        upstream_us = exchange.map(|e| u64::try_from(e.elapsed.as_micros()).unwrap_or(u64::MAX)),
        us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
    );
    if let Err(fault) = &outcome
        && !matches!(fault.kind, FaultKind::Caller(_))
    {
        tracing::warn!(unit, origin = fault.origin.as_ref().map(tracing::field::display), "{fault}");
    }
    outcome
}
