//! From a call to a job, and from a handle back to it.

use capstan_engine::{CallerFault, Fault, InputMode, Inputs, Invocation, Job, NoJob};
use capstan_plan::Tool;
use rmcp::{RoleServer, service::RequestContext};

use super::super::{job_tools::JobTool, request, view::View};
use crate::{
    adapter::job::{self, Owner},
    http::access::CallRecord,
};

/// Submits, unless the client stops waiting before that is done.
pub(super) async fn begin(
    view: &View,
    tool: &Tool,
    of: &JobTool,
    inputs: Inputs,
    context: &RequestContext<RoleServer>,
) -> Result<Job, Fault> {
    let record = request::record(&context.extensions);
    let invocation = record.map(CallRecord::invocation).unwrap_or_default();
    let invocation = Invocation { mode: InputMode::Typed, ..invocation };
    let options = job::options(&of.policy, tool.annotations.idempotent == Some(true), None);
    let owner = owner(view, tool, context);
    // In a box: an invocation is large.
    let begun = Box::pin(view.engine.begin(of.flow, inputs, invocation, owner.binding(), options));
    context.ct.run_until_cancelled(begun).await.unwrap_or_else(|| Err(Fault::caller(CallerFault::Cancelled, "")))
}

/// The job behind a handle.
pub(super) fn resume(
    view: &View,
    tool: &Tool,
    of: &JobTool,
    handle: &str,
    context: &RequestContext<RoleServer>,
) -> Result<Job, NoJob> {
    view.engine.resume(of.flow, handle, owner(view, tool, context).binding())
}

fn owner(view: &View, tool: &Tool, context: &RequestContext<RoleServer>) -> Owner {
    Owner::new(&view.exposed(), &tool.unit, request::principal(&context.extensions))
}
