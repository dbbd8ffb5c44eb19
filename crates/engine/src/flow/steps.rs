//! Runs the steps of a flow: each starts when everything it reads is there, so independent ones run at the same time. What a
//! step of a kind does is that kind's file.

use capstan_plan::{Flow, Outcome, Step, StepKind};
use futures_util::stream::{FuturesUnordered, StreamExt as _};

use super::{
    call_step,
    execution::Execution,
    lookup, outcome, script,
    step_result::{AnswerUse, StepResult},
};
use crate::{
    base::fault::{Fault, FaultKind},
    base::value::{Inputs, Value},
    response::answer::Answer,
    template::scope::Scope,
};

/// Runs all steps and makes the answer.
pub(crate) async fn run(execution: &Execution<'_>, flow: &Flow, scope: Scope<'_>) -> Result<Answer, Fault> {
    let total = flow.steps.len();
    let mut waiting: Vec<(usize, Vec<usize>)> =
        flow.steps.iter().enumerate().map(|(at, step)| (at, step.after.to_vec())).collect();
    let mut running = FuturesUnordered::new();
    let mut answer = None;
    let mut kept = None;
    let mut done = 0;
    loop {
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, after)| after.is_empty());
        waiting = rest;
        for (at, _) in ready {
            let Some(step) = flow.steps.get(at) else { continue };
            let (role, is_read) = (role(flow, at), is_read(flow, at, step));
            running.push(async move { (at, run_step(execution, step, role, is_read, scope).await) });
        }
        let Some((at, outcome)) = running.next().await else { break };
        let Some(step) = flow.steps.get(at) else { continue };
        let outcome = outcome.map_err(|mut fault| {
            if !step.name.is_empty() {
                fault.step.get_or_insert_with(|| step.name.clone());
            }
            fault.at(&step.origin)
        })?;
        match outcome {
            StepResult::Value(value) => fill(scope.frame, step, value),
            StepResult::Buffered(value, whole) => {
                fill(scope.frame, step, value);
                kept = Some(whole);
            }
            StepResult::Reply(reply) => answer = Some(reply),
        }
        for (_, after) in &mut waiting {
            after.retain(|before| *before != at);
        }
        done += 1;
        if let Some(progress) = &execution.invocation.progress {
            progress(done, total, &step.name);
        }
    }
    if !waiting.is_empty() {
        return Err(Fault::new(FaultKind::Internal, "steps wait for each other"));
    }
    outcome::answer(execution, flow, answer, kept, scope).await
}

fn fill(inputs: &Inputs, step: &Step, value: Option<Value>) {
    if let Some(value) = value {
        inputs.fill(step.slot, value);
    }
}

fn role(flow: &Flow, at: usize) -> AnswerUse<'_> {
    let read = flow.steps.iter().any(|step| step.after.contains(&at));
    match &flow.outcome {
        Outcome::Response { step, outputs } if *step == at && !read => AnswerUse::Answer(outputs),
        Outcome::Response { step, .. } if *step == at => AnswerUse::ValueAndAnswer,
        Outcome::Mapped { fallback: Some((step, _)), .. } if *step == at => AnswerUse::ValueAndAnswer,
        _ => AnswerUse::Value,
    }
}

/// Whether a later step or the answer reads the value of a step.
fn is_read(flow: &Flow, at: usize, step: &Step) -> bool {
    let mapped = || match &flow.outcome {
        Outcome::Mapped { mappings, .. } => mappings.iter().any(|mapping| {
            let mut slots = Vec::new();
            mapping.value.slots(&mut slots);
            slots.contains(&step.slot)
        }),
        Outcome::Response { .. } | Outcome::Mock(_) => false,
    };
    flow.steps.iter().any(|step| step.after.contains(&at)) || mapped()
}

async fn run_step(
    execution: &Execution<'_>,
    step: &Step,
    role: AnswerUse<'_>,
    is_read: bool,
    scope: Scope<'_>,
) -> Result<StepResult, Fault> {
    match &step.kind {
        StepKind::Call(planned) => call_step::run(execution, planned, role, is_read, scope).await,
        StepKind::Lookup(planned) => {
            execution.compute(scope, 0, |scope| lookup::run(planned, scope)).await.map(StepResult::Value)
        }
        StepKind::Script(planned) => script::run(execution, planned, scope).await.map(StepResult::Value),
    }
}
