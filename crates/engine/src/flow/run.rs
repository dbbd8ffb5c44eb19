//! Runs a flow: contract, bound values, then its only call, its steps, or its mock.

use capstan_plan::{Call, Flow, Outcome, Outputs, StepKind};

use super::{call, execution::Execution, job_step, mock, state::FlowState, steps};
use crate::{
    base::fault::{Fault, FaultKind},
    base::value::Inputs,
    base::workers::IN_PLACE,
    response::answer::Answer,
    template::computed::Computed,
    template::scope::Scope,
};

/// Takes up a flow again whose job was submitted before: `inputs` holds what it needs after that.
pub(crate) async fn resume(
    execution: &Execution<'_>,
    flow: &Flow,
    state: &FlowState,
    inputs: Inputs,
) -> Result<Answer, Fault> {
    execution.bindings.require(&flow.bindings)?;
    let scope = Scope::new(&inputs, execution.bindings, &state.functions);
    match (&flow.outcome, &*flow.steps) {
        (Outcome::Response { outputs, .. }, [only]) if let StepKind::Call(planned) = &only.kind => {
            single(execution, planned, outputs, scope, state).await.map_err(|fault| fault.at(&only.origin))
        }
        _ => Err(Fault::new(FaultKind::Internal, "the flow cannot be taken up again")),
    }
}

/// Runs a flow.
pub(crate) async fn run(
    execution: &Execution<'_>,
    flow: &Flow,
    state: &FlowState,
    mut inputs: Inputs,
) -> Result<Answer, Fault> {
    let size = inputs.size();
    let memory = if size > IN_PLACE { inputs.memory() } else { 0 };
    execution.keep(memory)?;
    execution.turns.run(size, || state.contract.check(flow, &mut inputs, execution.invocation.mode)).await?;
    if size > IN_PLACE {
        // Bytes may have been read meanwhile.
        execution.keep(inputs.memory().saturating_sub(memory))?;
    }
    execution.bindings.require(&flow.bindings)?;
    for (slot, template) in &flow.bound {
        let scope = Scope::new(&inputs, execution.bindings, &state.functions);
        let value = execution.compute(scope, 0, |scope| Ok(scope.eval(template)?.map(Computed::into_value))).await?;
        if let Some(value) = value {
            inputs.set(*slot, value);
        }
    }
    let scope = Scope::new(&inputs, execution.bindings, &state.functions);
    match (&flow.outcome, &*flow.steps) {
        // What is rare is boxed: a future is as large as the largest it awaits.
        (Outcome::Mock(mock), []) => Box::pin(mock::answer(execution, mock, scope)).await,
        (Outcome::Response { step: 0, outputs }, [only]) if let StepKind::Call(planned) = &only.kind => {
            single(execution, planned, outputs, scope, state).await.map_err(|fault| fault.at(&only.origin))
        }
        _ => Box::pin(steps::run(execution, flow, scope)).await,
    }
}

/// One call and its mapped answer.
async fn single(
    execution: &Execution<'_>,
    planned: &Call,
    outputs: &Outputs,
    scope: Scope<'_>,
    state: &FlowState,
) -> Result<Answer, Fault> {
    if let Some(begun) = planned.job {
        return Box::pin(job_step::only(execution, planned, begun, outputs, scope)).await;
    }
    let reply = call::send(execution, planned, Some(outputs), scope).await?;
    call::respond(execution, planned, outputs, reply, scope, state.wanted(outputs)).await
}
