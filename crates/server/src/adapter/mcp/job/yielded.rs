//! What a job yielded, in the form MCP has for it. What is larger than a client should have to carry stays where it is, and a link
//! leads to it.

use capstan_engine::{Collected, CollectedBody, Fault, Job, JobView};
use capstan_plan::Tool;
use rmcp::{
    ErrorData,
    model::{CallToolResult, ContentBlock, ReadResourceResult, Resource},
};
use serde_json::json;

use super::super::{
    contents, fault,
    job_tools::{self, JobTool},
    media::{self, Kind},
    result,
    view::View,
};

/// The most bytes of a result.
const LIMIT: usize = 32 << 20;

/// What a job that is over yielded.
pub(super) async fn collected(view: &View, job: &Job, seen: &JobView) -> Result<Collected, Fault> {
    match &seen.fault {
        Some(fault) => Err(fault.clone()),
        None => view.engine.collect(job.answer()?, LIMIT).await,
    }
}

/// The result of a tool call for what its job yielded.
pub(super) async fn result(view: &View, (tool, of): (&Tool, &JobTool), job: &Job, answer: Collected) -> CallToolResult {
    if let Some(linked) = linked((tool, of), job, &answer) {
        return linked;
    }
    let (promise, mask) = (view.promise(&tool.unit.name), view.engine.mask());
    let size = answer.size();
    view.engine.turns().run(size, || result::result(answer, tool, promise, view.namespace(), mask)).await
}

/// A link to bytes that are too many for a result.
fn linked((tool, of): (&Tool, &JobTool), job: &Job, answer: &Collected) -> Option<CallToolResult> {
    let CollectedBody::Bytes(bytes) = &answer.body else { return None };
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size <= of.policy.inline_image || !answer.status.is_success() {
        return None;
    }
    let (essence, kind) = media::classify(answer.media_type(), bytes);
    if !matches!(kind, Kind::Image | Kind::Audio | Kind::Binary) {
        return None;
    }
    let uri = job_tools::address(tool, job.handle());
    let text = format!(
        "The result is {essence} of {size} bytes, too large to stand here: read the resource {uri}, until {}.",
        capstan_engine::rfc3339(job.expires())
    );
    let link = Resource::new(uri, &*of.companion).with_mime_type(essence).with_size(size);
    let mut result = CallToolResult::success(vec![ContentBlock::resource_link(link), ContentBlock::text(text)]);
    result.structured_content = tool.output_schema.as_ref().map(|_| json!({}));
    Some(result)
}

/// The content of a resource that is what a job yielded.
pub(super) async fn contents(
    view: &View,
    job: &Job,
    seen: &JobView,
    uri: &str,
) -> Result<ReadResourceResult, ErrorData> {
    let failed = |fault: Fault| {
        let text = fault::text(&fault, view.engine.mask());
        ErrorData::internal_error(text, Some(json!({ "uri": uri, "status": fault.status().as_u16() })))
    };
    let answer = collected(view, job, seen).await.map_err(failed)?;
    contents::contents(view.engine.mask(), None, answer, uri).map(|contents| ReadResourceResult::new(vec![contents]))
}
