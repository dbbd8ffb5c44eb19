//! `poll` steps: asked until it is over; the result is their output.

use capstan_plan::{Polling, Step, StepOutput};

use super::{
    execution::Execution,
    job,
    poll::{self, Question},
};
use crate::{base::fault::Fault, base::value::Value, template::scope::Scope};

/// Asks until it is over, and fetches the result.
pub(super) async fn run(
    execution: &Execution<'_>,
    step: &Step,
    polling: &Polling,
    scope: Scope<'_>,
) -> Result<Option<Value>, Fault> {
    let started = execution.network.host.now_ms();
    let name = if step.name.is_empty() { "the poll step" } else { &*step.name };
    let question = Question { polling, name, origin: &step.origin, started };
    let last = poll::until_over(execution, question, scope).await?;
    let yielded = job::result(execution, question, &last, scope).await?;
    let (value, ..) = job::value(execution, &StepOutput::Raw, yielded, scope).await?;
    Ok(Some(value))
}
