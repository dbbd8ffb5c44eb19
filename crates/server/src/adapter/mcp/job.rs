//! Tools whose answer takes long, as each client can bear it: a task for those that know tasks, progress for those that ask for it,
//! else the answer within a budget or a handle to ask for it with. Whoever stops waiting ends nothing: the job goes on, and its
//! handle leads back to it.

mod handle;
mod task;
mod wait;
mod yielded;

use std::time::Duration;

use capstan_engine::{CallerFault, Fault, FaultKind, Job, JobState, JobView, NoJob};
use capstan_plan::Tool;
use http::StatusCode;
use rmcp::{
    ErrorData, RoleServer,
    model::{CallToolResponse, CallToolResult, ContentBlock, ReadResourceResult},
    service::RequestContext,
};
use serde_json::{Map, Value, json};

pub(super) use self::task::{cancel, state, update};
use super::{
    arguments, fault,
    job_tools::{self, JobTool},
    request, uri,
    view::View,
};
use crate::{adapter::job, http::access::CallRecord};

/// How long a client that takes tasks is answered without one: what is quick is over by then.
const MOMENT: Duration = Duration::from_millis(500);

type Context = RequestContext<RoleServer>;

/// Calls a tool whose answer takes long.
pub(super) async fn call(
    view: &View,
    tool: &Tool,
    of: &JobTool,
    given: Option<Map<String, Value>>,
    context: &Context,
) -> CallToolResponse {
    let record = request::record(&context.extensions);
    if let Some(record) = record {
        record.unit(&tool.unit.name, view.meter(&tool.unit.name));
    }
    let begun = match view.plan.flows.get(of.flow) {
        Some(flow) => handle::begin(view, tool, of, arguments::inputs(tool, flow, given), context).await,
        None => Err(Fault::new(FaultKind::Internal, "its flow is not in the plan")),
    };
    let job = match begun {
        Ok(job) => job,
        Err(fault) => {
            ended(record, fault.status(), Some(&fault));
            return fault::result(&fault, || view.example(&tool.unit.name), view.engine.mask()).into();
        }
    };
    if of.takes_tasks() && task::is_wanted(context) {
        let seen = wait::within(MOMENT, &job, context).await;
        if let Some(seen) = seen.filter(|seen| !seen.state.is_over()) {
            ended(record, StatusCode::ACCEPTED, None);
            return CallToolResponse::Task(task::created(&job, &seen));
        }
    }
    answered(view, (tool, of), &job, context).await.into()
}

/// Gives what a call that was answered with a handle yields.
pub(super) async fn collect(
    view: &View,
    (tool, of): (&Tool, &JobTool),
    given: Option<Map<String, Value>>,
    context: &Context,
) -> CallToolResult {
    let record = request::record(&context.extensions);
    if let Some(record) = record {
        record.unit(&of.companion, None);
    }
    let refused = |text: String| {
        ended(record, StatusCode::BAD_REQUEST, None);
        CallToolResult::error(vec![ContentBlock::text(text)])
    };
    let given = given.unwrap_or_default();
    let unknown = given.keys().find(|name| *name != "job");
    match (given.get("job").and_then(Value::as_str), unknown) {
        (Some(handle), None) => match handle::resume(view, tool, of, handle, context) {
            Ok(job) => answered(view, (tool, of), &job, context).await,
            Err(why) => refused(format!("{}.", job::no_job(&why))),
        },
        (Some(_), Some(unknown)) => refused(format!("`{unknown}` is not known here; expected only `job`.")),
        (None, _) => refused(format!("`job` is required: the text that `{}` answered with as `job`.", tool.unit.name)),
    }
}

/// What a job yields, as the content of a resource.
pub(super) async fn read(
    view: &View,
    wanted: &str,
    context: &Context,
) -> Option<Result<ReadResourceResult, ErrorData>> {
    let (name, handle) = wanted.strip_prefix(job_tools::BASE)?.split_once('/')?;
    let tool = view.tool(&uri::decode(name))?;
    let of = view.job(tool)?;
    let about = || Some(json!({ "uri": wanted }));
    let job = match handle::resume(view, tool, of, handle, context) {
        Ok(job) => job,
        Err(NoJob::Unknown) => return Some(Err(ErrorData::resource_not_found(job::no_job(&NoJob::Unknown), about()))),
        Err(why) => return Some(Err(ErrorData::invalid_params(job::no_job(&why), about()))),
    };
    let seen = wait::within(of.budget(), &job, context).await.unwrap_or_else(|| job.look());
    if !seen.state.is_over() {
        let text = format!("the job is not over; read it again {}", job::soon(&seen));
        return Some(Err(ErrorData::internal_error(text, about())));
    }
    Some(yielded::contents(view, &job, &seen, wanted).await)
}

/// Waits for a job as its client can bear it and answers with what it yielded, or with its handle.
async fn answered(view: &View, (tool, of): (&Tool, &JobTool), job: &Job, context: &Context) -> CallToolResult {
    let record = request::record(&context.extensions);
    let seen = match context.meta.get_progress_token() {
        Some(token) => Box::pin(wait::reported(job, token, context)).await,
        None => wait::within(of.budget(), job, context).await,
    };
    let Some(seen) = seen else {
        let fault = Fault::caller(CallerFault::Cancelled, "");
        ended(record, fault.status(), None);
        return fault::result(&fault, || None, view.engine.mask());
    };
    if !seen.state.is_over() {
        ended(record, StatusCode::ACCEPTED, None);
        return running(of, job, &seen);
    }
    match yielded::collected(view, job, &seen).await {
        Ok(answer) => {
            ended(record, answer.status, None);
            yielded::result(view, (tool, of), job, answer).await
        }
        Err(fault) => {
            ended(record, fault.status(), Some(&fault));
            fault::result(&fault, || view.example(&tool.unit.name), view.engine.mask())
        }
    }
}

/// The result of a call whose client cannot wait for its end.
fn running(of: &JobTool, job: &Job, seen: &JobView) -> CallToolResult {
    let state = match seen.state {
        JobState::Queued => JobState::Queued,
        _ => JobState::Running,
    };
    let value = json!({
        "status": job::word(state),
        "job": job.handle(),
        "retryAfterMs": job::retry_after(seen) * 1_000,
    });
    let advice = format!(
        "It is not done yet. Call the tool `{}` with this `job` {} to get the result; calling the same tool again would start it anew.",
        of.companion,
        job::soon(seen)
    );
    let mut result = CallToolResult::success(vec![ContentBlock::text(value.to_string()), ContentBlock::text(advice)]);
    result.structured_content = Some(value);
    result
}

fn ended(record: Option<&CallRecord>, status: StatusCode, fault: Option<&Fault>) {
    if let Some(record) = record {
        record.ended(status.as_u16(), fault);
    }
}
