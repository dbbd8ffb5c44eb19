//! `tools/call`: arguments in, result out. Whatever goes wrong from here on is a result the model reads.

use capstan_plan::Tool;
use rmcp::{
    RoleServer,
    model::{CallToolResponse, CallToolResult},
    service::RequestContext,
};
use serde_json::{Map, Value};

use super::{
    arguments, fault,
    invoke::{self, Called, Waiting},
    job, result,
    view::View,
};

/// Calls a tool.
pub(super) async fn call(
    view: &View,
    tool: &Tool,
    given: Option<Map<String, Value>>,
    context: &RequestContext<RoleServer>,
) -> CallToolResponse {
    if let Some(of) = view.job(tool) {
        // In a box, for it is large and few tools take long.
        return Box::pin(job::call(view, tool, of, given, context)).await;
    }
    whole(view, tool, given, context.into()).await.into()
}

/// Calls a tool that answers as soon as it can.
pub(super) async fn whole(
    view: &View,
    tool: &Tool,
    given: Option<Map<String, Value>>,
    waiting: Waiting<'_>,
) -> CallToolResult {
    let unit = &tool.unit;
    let called = Called { unit: &unit.name, meter: view.meter(&unit.name), target: &unit.target };
    match invoke::run(view, called, |flow| arguments::inputs(tool, flow, given), waiting).await {
        Ok(answer) => {
            let (promise, mask) = (view.promise(&tool.unit.name), view.engine.mask());
            let size = answer.size();
            view.engine.turns().run(size, || result::result(answer, tool, promise, view.namespace(), mask)).await
        }
        Err(fault) => fault::result(&fault, || view.example(&tool.unit.name), view.engine.mask()),
    }
}
