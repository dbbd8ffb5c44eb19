//! Runs a flow: contract, bound values, then its only call, its steps, or its mock.

use capstan_plan::{Call, Flow, JobCall, Outcome, Outputs, Step, StepKind};

use super::{call, execution::Execution, job_step, mock, state::FlowState, steps};
use crate::{
    base::fault::Fault,
    base::value::{Inputs, Value},
    base::workers::IN_PLACE,
    job::handle::Resumed,
    response::answer::Answer,
    template::computed::Computed,
    template::scope::Scope,
};

/// Takes up a flow again whose job was submitted before.
pub(crate) async fn resume(
    execution: &Execution<'_>,
    flow: &Flow,
    state: &FlowState,
    resumed: &Resumed,
) -> Result<Answer, Fault> {
    execution.bindings.require(&flow.bindings)?;
    let mut inputs = Inputs::for_flow(flow);
    for (slot, value) in &resumed.values {
        let value = Value::Json(value.clone());
        // What an upstream had a part in stays the upstream's.
        let is_given = flow.inputs.iter().any(|input| input.slot == *slot);
        if is_given { inputs.set(*slot, value) } else { inputs.fill(*slot, value) }
    }
    let scope = Scope::new(&inputs, execution.bindings, &state.functions);
    rest(execution, flow, state, scope).await
}

/// Runs a flow.
pub(crate) async fn run(
    execution: &Execution<'_>,
    flow: &Flow,
    state: &FlowState,
    mut inputs: Inputs,
) -> Result<Answer, Fault> {
    prepare(execution, flow, state, &mut inputs).await?;
    let scope = Scope::new(&inputs, execution.bindings, &state.functions);
    match (&flow.outcome, &*flow.steps) {
        // What is rare is boxed: a future is as large as the largest it awaits.
        (Outcome::Mock(mock), []) => Box::pin(mock::answer(execution, mock, scope)).await,
        (Outcome::Response { step: 0, outputs }, [only]) if let StepKind::Call(planned) = &only.kind => {
            single(execution, planned, outputs, scope, state).await.map_err(|fault| fault.at(&only.origin))
        }
        _ => Box::pin(steps::run(execution, flow, None, scope)).await,
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

/// Runs a flow that outlives its caller. Thousands of those wait at the same time, hence each part is in a box that is gone while the
/// next one runs.
pub(crate) async fn detached(
    execution: &Execution<'_>,
    flow: &Flow,
    state: &FlowState,
    mut inputs: Inputs,
) -> Result<Answer, Fault> {
    Box::pin(prepare(execution, flow, state, &mut inputs)).await?;
    let scope = Scope::new(&inputs, execution.bindings, &state.functions);
    rest(execution, flow, state, scope).await
}

/// Runs what waits, and what comes after it.
async fn rest(execution: &Execution<'_>, flow: &Flow, state: &FlowState, scope: Scope<'_>) -> Result<Answer, Fault> {
    let Some((only, planned, begun, outputs)) = job(flow) else {
        let again = state.resumption.as_deref().filter(|_| execution.resumed.is_some());
        return Box::pin(steps::run(execution, flow, again.map(|again| &*again.steps), scope)).await;
    };
    let answer = Box::pin(job_step::only(execution, planned, begun, outputs, scope)).await;
    answer.map_err(|fault| fault.at(&only.origin))
}

/// The job that is all a flow does, and how its result is mapped.
fn job(flow: &Flow) -> Option<(&Step, &Call, JobCall, &Outputs)> {
    let (Outcome::Response { step: 0, outputs }, [only]) = (&flow.outcome, &*flow.steps) else { return None };
    let StepKind::Call(planned) = &only.kind else { return None };
    Some((only, planned, planned.job?, outputs))
}

/// Checks the contract and the bindings, and computes what is bound.
async fn prepare(execution: &Execution<'_>, flow: &Flow, state: &FlowState, inputs: &mut Inputs) -> Result<(), Fault> {
    let size = inputs.size();
    let memory = if size > IN_PLACE { inputs.memory() } else { 0 };
    execution.keep(memory)?;
    execution.turns.run(size, || state.contract.check(flow, inputs, execution.invocation.mode)).await?;
    if size > IN_PLACE {
        // Bytes may have been read meanwhile.
        execution.keep(inputs.memory().saturating_sub(memory))?;
    }
    execution.bindings.require(&flow.bindings)?;
    for (slot, template) in &flow.bound {
        let scope = Scope::new(inputs, execution.bindings, &state.functions);
        let value = execution.compute(scope, 0, |scope| Ok(scope.eval(template)?.map(Computed::into_value))).await?;
        if let Some(value) = value {
            inputs.set(*slot, value);
        }
    }
    Ok(())
}
