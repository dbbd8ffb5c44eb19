//! Runs the steps of a flow: each starts when everything it reads is there, so independent ones run at the same time. What a
//! step of a kind does is that kind's file.

use capstan_plan::{Block, Flow, Outcome, Step, StepKind};
use futures_util::stream::{FuturesUnordered, StreamExt as _};

use super::{
    block::Running,
    branch, call_step,
    execution::Execution,
    for_each, job_step, lookup,
    outcome::{self, Answered},
    parallel, poll_step, refusal, script, set,
    step_result::{AnswerUse, BufferedReply, Reader, StepResult},
};
use crate::{
    base::fault::{Fault, FaultKind},
    base::invocation::Report,
    base::value::{Inputs, Value},
    response::answer::Answer,
    template::scope::Scope,
};

/// Steps that run together.
struct List<'a> {
    steps: &'a [Step],
    /// What the answer of the step at a position is for, and who reads its value.
    use_of: &'a (dyn Fn(usize) -> (AnswerUse<'a>, Reader) + Send + Sync),
    /// Whether it is the list of the flow itself: those who wait are told of each step, and a handle can name one.
    is_flow: bool,
    /// The steps that run, where the others are over.
    only: Option<&'a [usize]>,
}

/// Answers that steps leave behind.
#[derive(Default)]
struct Left {
    answered: Option<Answered>,
    kept: Option<Box<BufferedReply>>,
}

/// Runs all steps, or only some where the others are over, and makes the answer.
pub(crate) async fn run(
    execution: &Execution<'_>,
    flow: &Flow,
    only: Option<&[usize]>,
    scope: Scope<'_>,
) -> Result<Answer, Fault> {
    let use_of = |at: usize| (role(flow, at), flow.steps.get(at).map_or(Reader::Nobody, |step| reader(flow, at, step)));
    let list = List { steps: &flow.steps, use_of: &use_of, is_flow: true, only };
    let Left { answered, kept } = all(execution, list, scope).await?;
    outcome::answer(execution, flow, answered, kept, scope).await
}

/// Runs a list of steps inside a step; its value is what the list says.
fn block<'f>(execution: &'f Execution<'f>, planned: &'f Block, scope: Scope<'f>) -> Running<'f> {
    Box::pin(async move {
        let use_of = |at: usize| {
            let is_valued = || planned.steps.get(at).is_some_and(|step| planned.reads(step.slot));
            (AnswerUse::Value, later(&planned.steps, at, is_valued))
        };
        let list = List { steps: &planned.steps, use_of: &use_of, is_flow: false, only: None };
        all(execution, list, scope).await?;
        match &planned.value {
            Some(value) => set::run(execution, value, scope).await,
            None => Ok(None),
        }
    })
}

/// Runs steps, each when everything it waits for is done.
async fn all(execution: &Execution<'_>, list: List<'_>, scope: Scope<'_>) -> Result<Left, Fault> {
    let runs = |at: &usize| list.only.is_none_or(|only| only.contains(at));
    let total = list.steps.len();
    let mut waiting: Vec<(usize, Vec<usize>)> = list
        .steps
        .iter()
        .enumerate()
        .filter(|(at, _)| runs(at))
        .map(|(at, step)| (at, step.after.iter().copied().filter(runs).collect()))
        .collect();
    let mut running = FuturesUnordered::new();
    let mut left = Left::default();
    let mut done = total - waiting.len();
    loop {
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, after)| after.is_empty());
        waiting = rest;
        for (at, _) in ready {
            let Some(step) = list.steps.get(at) else { continue };
            let (role, reader) = (list.use_of)(at);
            let place = Place { position: list.is_flow.then_some(at), role, reader };
            running.push(async move { (at, run_step(execution, step, place, scope).await) });
        }
        let Some((at, outcome)) = running.next().await else { break };
        let Some(step) = list.steps.get(at) else { continue };
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
                left.kept = Some(whole);
            }
            StepResult::Reply(reply) => left.answered = Some(Answered::Reply(reply)),
            StepResult::Answer(made) => left.answered = Some(Answered::Made(made)),
        }
        for (_, after) in &mut waiting {
            after.retain(|before| *before != at);
        }
        done += 1;
        if let Some(progress) = execution.invocation.progress.as_ref().filter(|_| list.is_flow) {
            progress(Report::Step { done, total, name: &step.name });
        }
    }
    if !waiting.is_empty() {
        return Err(Fault::new(FaultKind::Internal, "steps wait for each other"));
    }
    Ok(left)
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
        Outcome::Output { step, .. } => *step == at,
        Outcome::Response { .. } | Outcome::Mock(_) => false,
    };
    later(&flow.steps, at, mapped)
}

/// Who reads the value of a step, where the end of the list does or does not.
fn later(steps: &[Step], at: usize, at_the_end: impl FnOnce() -> bool) -> Reader {
    let mut later = steps.iter().filter(|step| step.after.contains(&at)).peekable();
    if later.peek().is_none() {
        return if at_the_end() { Reader::Some } else { Reader::Nobody };
    }
    if later.any(|step| matches!(step.kind, StepKind::Call(_))) { Reader::Call } else { Reader::Some }
}

/// Where a step stands.
struct Place<'a> {
    /// Its place in the flow; nothing inside another step.
    position: Option<usize>,
    role: AnswerUse<'a>,
    reader: Reader,
}

async fn run_step(
    execution: &Execution<'_>,
    step: &Step,
    Place { position, role, reader }: Place<'_>,
    scope: Scope<'_>,
) -> Result<StepResult, Fault> {
    match &step.kind {
        StepKind::Call(planned) => match planned.job {
            Some(begun) => Box::pin(job_step::run(execution, planned, begun, position, role, scope)).await,
            None => call_step::run(execution, planned, role, reader, scope).await,
        },
        StepKind::Lookup(planned) => {
            execution.compute(scope, 0, |scope| lookup::run(planned, scope)).await.map(StepResult::Value)
        }
        StepKind::Script(planned) => script::run(execution, planned, scope).await.map(StepResult::Value),
        // What is rare is boxed: a future is as large as the largest it awaits.
        StepKind::Poll(polling) => {
            Box::pin(poll_step::run(execution, (step, position), polling, scope)).await.map(StepResult::Value)
        }
        StepKind::If(planned) => branch::run(execution, planned, block, scope).await.map(StepResult::Value),
        StepKind::ForEach(planned) => {
            Box::pin(for_each::run(execution, planned, block, scope)).await.map(StepResult::Value)
        }
        StepKind::Parallel(planned) => {
            Box::pin(parallel::run(execution, planned, block, scope)).await.map(StepResult::Value)
        }
        StepKind::Set(planned) => set::run(execution, planned, scope).await.map(StepResult::Value),
        StepKind::Fail(planned) => Err(refusal::run(execution, planned, scope).await),
    }
}
