//! `poll` steps: asked until it is over; the result is their output.

use capstan_plan::{Polling, Step, StepOutput};
use serde_json::Value as Json;

use super::{
    execution::Execution,
    job, needs,
    poll::{self, Question},
    yielded,
};
use crate::{base::fault::Fault, base::value::Value, job::handle::Resumed, template::scope::Scope};

/// Asks until it is over, and fetches the result; `position` is its place in the flow, unless it stands inside another step.
pub(super) async fn run(
    execution: &Execution<'_>,
    (step, position): (&Step, Option<usize>),
    polling: &Polling,
    scope: Scope<'_>,
) -> Result<Option<Value>, Fault> {
    let resumed = execution.resumed.filter(|resumed| Some(resumed.step) == position);
    let started = resumed.map_or_else(|| execution.network.host.now_ms(), |resumed| resumed.submitted);
    let name = if step.name.is_empty() { "the poll step" } else { &*step.name };
    let question = Question { polling, name, origin: &step.origin, started };
    if resumed.is_none() {
        // What was asked for before it is upstream already.
        job::accepted(execution, position, |resumption| {
            let values = needs::after(resumption, scope.frame, None)?;
            Some(Resumed { step: resumption.step, handle: Json::Null, submitted: started, values })
        });
    }
    let Some(last) = poll::unless_cancelled(execution, question, scope).await? else { return Err(job::cancelled()) };
    let made = yielded::result(execution, question, &last, scope).await?;
    let (value, ..) = yielded::of_step(execution, &StepOutput::Raw, made, scope).await?;
    Ok(Some(value))
}
