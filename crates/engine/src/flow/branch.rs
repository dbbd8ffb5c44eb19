//! `if` steps: one list of steps or another.

use capstan_plan::Branch;

use super::{block::RunBlock, execution::Execution};
use crate::{base::fault::Fault, base::value::Value, template::scope::Scope};

/// Runs what the condition says.
pub(super) async fn run(
    execution: &Execution<'_>,
    planned: &Branch,
    block: RunBlock,
    scope: Scope<'_>,
) -> Result<Option<Value>, Fault> {
    let holds = |scope: Scope<'_>| Ok(scope.eval(&planned.condition)?.is_some_and(|value| value.is_truthy()));
    let holds = execution.compute(scope, 0, holds).await?;
    block(execution, if holds { &planned.then } else { &planned.otherwise }, scope).await
}
