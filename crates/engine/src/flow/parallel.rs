//! `parallel` steps: the outputs of steps that run at the same time, by name.

use capstan_plan::{Block, Step};
use serde_json::{Map, Value as Json};

use super::{
    block::{RunBlock, inside},
    execution::Execution,
};
use crate::{base::fault::Fault, base::value::Value, template::scope::Scope};

/// Runs the steps and gathers what they leave behind.
pub(super) async fn run(
    execution: &Execution<'_>,
    planned: &[Step],
    block: RunBlock,
    scope: Scope<'_>,
) -> Result<Option<Value>, Fault> {
    // Each as a list of one: they wait for nothing but themselves.
    let lists: Vec<Block> = planned
        .iter()
        .map(|step| Block { steps: [Step { after: [].into(), ..step.clone() }].into(), value: None, slots: [].into() })
        .collect();
    futures_util::future::try_join_all(lists.iter().map(|list| block(execution, list, scope))).await?;
    let mut outputs = Map::new();
    for step in planned {
        if let Some(value) = scope.frame.get(step.slot) {
            outputs.insert(step.name.to_string(), inside(value.clone())?);
        }
    }
    Ok(Some(Value::Json(Json::Object(outputs))))
}
