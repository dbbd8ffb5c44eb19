//! A call of a job, as the only step of a flow or as one of several.

use capstan_plan::{Call, JobCall, Outputs};
use http::StatusCode;

use super::{
    execution::Execution,
    job,
    step_result::{AnswerUse, BufferedReply, StepResult},
    yielded,
};
use crate::{base::fault::Fault, response::answer::Answer, template::scope::Scope};

/// Runs it as the only step, and makes the answer.
pub(super) async fn only(
    execution: &Execution<'_>,
    planned: &Call,
    begun: JobCall,
    outputs: &Outputs,
    scope: Scope<'_>,
) -> Result<Answer, Fault> {
    let made = job::run(execution, planned, begun, Some(0), scope).await?;
    yielded::answer(execution, outputs, made, scope).await
}

/// Runs it as one of several; `position` is its place in the flow, unless it stands inside another step.
pub(super) async fn run(
    execution: &Execution<'_>,
    planned: &Call,
    begun: JobCall,
    position: Option<usize>,
    role: AnswerUse<'_>,
    scope: Scope<'_>,
) -> Result<StepResult, Fault> {
    let made = job::run(execution, planned, begun, position, scope).await?;
    if let AnswerUse::Answer(outputs) = role {
        let answer = yielded::answer(execution, outputs, made, scope).await?;
        return Ok(StepResult::Answer(Box::new(answer)));
    }
    let (value, headers, body) = yielded::of_step(execution, &planned.output, made, scope).await?;
    Ok(match role {
        AnswerUse::Value => StepResult::Value(Some(value)),
        AnswerUse::ValueAndAnswer | AnswerUse::Answer(_) => {
            let whole = BufferedReply { status: StatusCode::OK, headers, body };
            StepResult::Buffered(Some(value), Box::new(whole))
        }
    })
}
