//! `poll` steps: asked until it is over; the result is their output.

use capstan_plan::{Polling, Step, StepOutput};

use super::{
    execution::{Detached, Execution},
    job,
    poll::{self, Question},
};
use crate::{base::fault::Fault, base::value::Value, job::handle::Handle, template::scope::Scope};

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
    if let Some(Detached { running, .. }) = execution.detached {
        // What was asked for before it is upstream already.
        running.accepted(None::<fn(Handle) -> Handle>);
    }
    let Some(last) = poll::unless_cancelled(execution, question, scope).await? else { return Err(job::cancelled()) };
    let yielded = job::result(execution, question, &last, scope).await?;
    let (value, ..) = job::value(execution, &StepOutput::Raw, yielded, scope).await?;
    Ok(Some(value))
}
