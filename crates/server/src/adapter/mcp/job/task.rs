//! Tasks (SEP-2663): a job for clients that know them. The id of a task is the handle of its job, so any replica can answer for it.

use std::time::Duration;

use capstan_engine::{Job, JobState, JobView, NoJob, rfc3339};
use capstan_plan::Tool;
use rmcp::{
    ErrorData, RoleServer,
    model::{CreateTaskResult, DetailedTask, GetTaskResult, JsonObject, Task, TaskPayload, TaskStatus},
    service::RequestContext,
};
use serde_json::{Value, json};

use super::{
    super::{fault, job_tools::JobTool, request, view::View},
    handle::resume,
    yielded,
};
use crate::adapter::job;

/// How long a task nobody has asked the upstream for yet is waited for, so that the answer says how far it is.
const FIRST_LOOK: Duration = Duration::from_secs(1);

/// Whether the client takes a task for an answer: it says so in the request.
pub(super) fn is_wanted(context: &RequestContext<RoleServer>) -> bool {
    request::is_modern(context) && context.client_capabilities().is_some_and(|has| has.supports_tasks())
}

/// The answer that names a task instead of a result.
pub(super) fn created(job: &Job, seen: &JobView) -> CreateTaskResult {
    CreateTaskResult::new(task(job, seen))
}

/// How far a task is, and what it yielded when it is done.
pub(in super::super) async fn state(
    view: &View,
    id: &str,
    context: &RequestContext<RoleServer>,
) -> Result<GetTaskResult, ErrorData> {
    let (job, tool, of) = found(view, id, context)?;
    let mut seen = job.look();
    if seen.version == 0 && !seen.state.is_over() {
        seen = tokio::time::timeout(FIRST_LOOK, job.changed(0)).await.unwrap_or_else(|_| job.look());
    }
    let payload = match seen.state {
        JobState::Queued | JobState::Running => TaskPayload::Working,
        JobState::Cancelled => TaskPayload::Cancelled,
        JobState::Succeeded | JobState::Failed => {
            let result = match yielded::collected(view, &job, &seen).await {
                Ok(answer) => yielded::result(view, (tool, of), &job, answer).await,
                Err(fault) => fault::result(&fault, || None, view.engine.mask()),
            };
            match serde_json::to_value(result) {
                Ok(Value::Object(result)) => TaskPayload::Completed { result },
                _ => TaskPayload::Failed { error: internal() },
            }
        }
    };
    Ok(GetTaskResult::new(DetailedTask::new(task(&job, &seen), payload)))
}

/// Ends a task, if it is not over.
pub(in super::super) async fn cancel(
    view: &View,
    id: &str,
    context: &RequestContext<RoleServer>,
) -> Result<(), ErrorData> {
    let (job, ..) = found(view, id, context)?;
    if !job.look().state.is_over() {
        job.cancel().await;
    }
    Ok(())
}

/// Takes answers to what a task asks for: ours ask for nothing, so that none has any effect.
pub(in super::super) fn update(view: &View, id: &str, context: &RequestContext<RoleServer>) -> Result<(), ErrorData> {
    found(view, id, context).map(drop)
}

/// The job behind the id of a task, and the tool that began it.
fn found<'v>(
    view: &'v View,
    id: &str,
    context: &RequestContext<RoleServer>,
) -> Result<(Job, &'v Tool, &'v JobTool), ErrorData> {
    let mut why = NoJob::Unknown;
    for (tool, of) in view.job_tools() {
        match resume(view, tool, of, id, context) {
            Ok(job) => return Ok((job, tool, of)),
            Err(NoJob::Unknown) => {}
            Err(known) => why = known,
        }
    }
    Err(ErrorData::invalid_params(format!("Invalid params: {}", job::no_job(&why)), Some(json!({ "taskId": id }))))
}

fn task(job: &Job, seen: &JobView) -> Task {
    let status = match seen.state {
        JobState::Queued | JobState::Running => TaskStatus::Working,
        JobState::Succeeded | JobState::Failed => TaskStatus::Completed,
        JobState::Cancelled => TaskStatus::Cancelled,
    };
    let ttl = job.expires().duration_since(job.created()).unwrap_or_default();
    let mut task = Task::new(job.handle(), status, rfc3339(job.created()), rfc3339(seen.updated))
        .with_ttl_ms(millis(ttl))
        .with_poll_interval_ms(millis(seen.retry_after));
    task.status_message = seen.message.as_deref().map(str::to_owned);
    task
}

fn internal() -> JsonObject {
    let error = json!({"code": -32603, "message": "Internal error: the result cannot be written"});
    error.as_object().cloned().unwrap_or_default()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
