//! Runs what a tool or a resource stands for and waits for the whole answer, unless the client stops waiting.

use std::sync::Arc;

use capstan_engine::{
    CallerFault, CapabilityFault, Collected, Engine, Fault, FaultKind, InputMode, Inputs, Invocation,
};
use capstan_plan::{Flow, FlowId, Target};
use rmcp::{Peer, RoleServer, model::ProgressToken, service::RequestContext};
use tokio_util::sync::CancellationToken;

use super::{progress, request, view::View};
use crate::{http::access::CallRecord, metrics::Meter};

/// The most bytes of an answer.
const LIMIT: usize = 10 << 20;

/// The flow behind a target.
fn flow<'v>(view: &'v View, target: &Target) -> Result<(FlowId, &'v Flow), Fault> {
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

/// What is called: a name for the record of the request, what is counted of it, and what it stands for.
pub(super) struct Called<'v> {
    pub(super) unit: &'v str,
    pub(super) meter: Option<Arc<Meter>>,
    pub(super) target: &'v Target,
}

/// Who waits for an answer.
pub(super) struct Waiting<'c> {
    /// What is known of the call.
    pub(super) record: Option<&'c CallRecord>,
    /// Set when nobody waits any more; none where the call is dropped then.
    pub(super) cancel: Option<CancellationToken>,
    /// Where it is told how far the call is, when the client asked for that.
    pub(super) progress: Option<(ProgressToken, &'c Peer<RoleServer>)>,
}

impl<'c> From<&'c RequestContext<RoleServer>> for Waiting<'c> {
    fn from(context: &'c RequestContext<RoleServer>) -> Self {
        Self {
            record: request::record(&context.extensions),
            cancel: Some(context.ct.clone()),
            progress: context.meta.get_progress_token().map(|token| (token, &context.peer)),
        }
    }
}

/// Runs what is called. The record says so however it ends, be it before anything runs.
pub(super) async fn run(
    view: &View,
    called: Called<'_>,
    inputs: impl FnOnce(&Flow) -> Inputs,
    waiting: Waiting<'_>,
) -> Result<Collected, Fault> {
    let record = waiting.record;
    if let Some(record) = record {
        record.unit(called.unit, called.meter);
    }
    let invocation = record.map(CallRecord::invocation).unwrap_or_default();
    let prepared = flow(view, called.target).map(|(id, flow)| (id, flow, inputs(flow)));
    let outcome = match prepared {
        Ok((id, flow, inputs)) => waited(view, (id, flow), inputs, invocation, waiting).await,
        Err(fault) => Err(fault),
    };
    if let Some(record) = record {
        let status = outcome.as_ref().map_or_else(|fault| fault.status(), |answer| answer.status);
        record.ended(status.as_u16(), outcome.as_ref().err());
    }
    outcome
}

/// Waits for the whole answer of a flow, unless the client stops waiting.
async fn waited(
    view: &View,
    (id, flow): (FlowId, &Flow),
    inputs: Inputs,
    invocation: Invocation,
    Waiting { cancel, progress, .. }: Waiting<'_>,
) -> Result<Collected, Fault> {
    let mut invocation = Invocation { cancel: cancel.clone(), mode: InputMode::Typed, ..invocation };
    let steps = progress.is_some().then(|| progress::steps(&mut invocation));
    // In a box: an invocation is large, and what is around it would hold it several times.
    let work = Box::pin(async { view.engine.invoke_whole(id, inputs, invocation, LIMIT).await });
    let done = async {
        match (progress, steps) {
            // In a box too, for it is large and few ask for it.
            (Some((token, peer)), Some(steps)) => {
                Box::pin(progress::reported(work, peer.clone(), token, steps, flow.steps.len())).await
            }
            _ => work.await,
        }
    };
    let outcome = match cancel {
        Some(cancel) => cancel.run_until_cancelled(done).await,
        None => Some(done.await),
    };
    outcome.unwrap_or_else(|| Err(Fault::caller(CallerFault::Cancelled, "")))
}
