//! A call of a job, as the only step of a flow or as one of several.

use capstan_plan::{Call, JobCall, Outputs};
use http::StatusCode;

use super::{
    execution::Execution,
    job,
    step_result::{AnswerUse, BufferedReply, StepResult},
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
    let yielded = job::run(execution, planned, begun, Some(0), scope).await?;
    job::answer(execution, outputs, yielded, scope).await
}

/// Runs it as one of several.
pub(super) async fn run(
    execution: &Execution<'_>,
    planned: &Call,
    begun: JobCall,
    role: AnswerUse<'_>,
    scope: Scope<'_>,
) -> Result<StepResult, Fault> {
    let yielded = job::run(execution, planned, begun, None, scope).await?;
    if let AnswerUse::Answer(outputs) = role {
        let answer = job::answer(execution, outputs, yielded, scope).await?;
        return Ok(StepResult::Answer(Box::new(answer)));
    }
    let (value, headers, body) = job::value(execution, &planned.output, yielded, scope).await?;
    Ok(match role {
        AnswerUse::Value => StepResult::Value(Some(value)),
        AnswerUse::ValueAndAnswer | AnswerUse::Answer(_) => {
            let whole = BufferedReply { status: StatusCode::OK, headers, body };
            StepResult::Buffered(Some(value), Box::new(whole))
        }
    })
}
