//! `tools/call`: arguments in, result out. Whatever goes wrong from here on is a result the model reads.

use capstan_plan::Tool;
use rmcp::{RoleServer, model::CallToolResult, service::RequestContext};
use serde_json::{Map, Value};

use super::{arguments, fault, invoke, result, view::View};

/// Calls a tool.
pub(super) async fn call(
    view: &View,
    tool: &Tool,
    given: Option<Map<String, Value>>,
    context: &RequestContext<RoleServer>,
) -> CallToolResult {
    let prepared =
        invoke::flow(view, &tool.unit.target).and_then(|found| Ok((found, arguments::inputs(tool, found.1, given)?)));
    let outcome = match prepared {
        Ok((found, inputs)) => invoke::run(view, &tool.unit.name, found, inputs, context).await,
        Err(fault) => Err(fault),
    };
    match outcome {
        Ok(answer) => result::result(answer, tool, view.namespace(), view.engine.mask()),
        Err(fault) => fault::result(&fault, view.engine.mask()),
    }
}
