//! `parallel` steps: the outputs of steps that run at the same time, by name.

use capstan_plan::Block;
use serde_json::{Map, Value as Json};

use super::{
    block::{RunBlock, inside},
    execution::Execution,
};
use crate::{base::fault::Fault, base::value::Value, template::scope::Scope};

/// Runs the steps and gathers what they leave behind.
pub(super) async fn run(
    execution: &Execution<'_>,
    planned: &Block,
    block: RunBlock,
    scope: Scope<'_>,
) -> Result<Option<Value>, Fault> {
    block(execution, planned, scope).await?;
    let mut outputs = Map::new();
    for step in &planned.steps {
        if let Some(value) = scope.frame.get(step.slot) {
            outputs.insert(step.name.to_string(), inside(value.clone())?);
        }
    }
    Ok(Some(Value::Json(Json::Object(outputs))))
}
