//! Runs the steps of a flow: each starts when everything it reads is there, so independent ones run at the same time. What a
//! step of a kind does is that kind's file.

use capstan_plan::{Flow, Outcome, Step, StepKind};
use futures_util::stream::{FuturesUnordered, StreamExt as _};

use super::{
    call_step,
    execution::Execution,
    lookup, outcome, script,
    step_result::{AnswerUse, Reader, StepResult},
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
            let (role, reader) = (role(flow, at), reader(flow, at, step));
            running.push(async move { (at, run_step(execution, step, role, reader, scope).await) });
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
            StepResult::Value(value) => fill(execution, scope.frame, step, value)?,
            StepResult::Buffered(value, whole) => {
                fill(execution, scope.frame, step, value)?;
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

fn fill(execution: &Execution<'_>, inputs: &Inputs, step: &Step, value: Option<Value>) -> Result<(), Fault> {
    if let Some(value) = value {
        execution.keep(value.memory())?;
        inputs.fill(step.slot, value);
    }
    Ok(())
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

/// Who reads the value of a step.
fn reader(flow: &Flow, at: usize, step: &Step) -> Reader {
    let mapped = || match &flow.outcome {
        Outcome::Mapped { mappings, .. } => mappings.iter().any(|mapping| {
            let mut slots = Vec::new();
            mapping.value.slots(&mut slots);
            slots.contains(&step.slot)
        }),
        Outcome::Response { .. } | Outcome::Mock(_) => false,
    };
    let mut later = flow.steps.iter().filter(|step| step.after.contains(&at)).peekable();
    if later.peek().is_none() {
        return if mapped() { Reader::Some } else { Reader::Nobody };
    }
    if later.any(|step| matches!(step.kind, StepKind::Call(_))) { Reader::Call } else { Reader::Some }
}

async fn run_step(
    execution: &Execution<'_>,
    step: &Step,
    role: AnswerUse<'_>,
    reader: Reader,
    scope: Scope<'_>,
) -> Result<StepResult, Fault> {
    match &step.kind {
        StepKind::Call(planned) => call_step::run(execution, planned, role, reader, scope).await,
        StepKind::Lookup(planned) => {
            execution.compute(scope, 0, |scope| lookup::run(planned, scope)).await.map(StepResult::Value)
        }
        StepKind::Script(planned) => script::run(execution, planned, scope).await.map(StepResult::Value),
    }
}
