//! What of a plan takes longer than a request, and the name of the keys that its handles need.

use capstan_plan::{Plan, Step, StepKind};

/// The name of the keys of handles.
pub(super) const KEY: &str = "CAPSTAN_JOB_KEY";

/// Whether anything in a plan is begun as a job.
pub(super) fn has_jobs(plan: &Plan) -> bool {
    plan.flows.iter().any(|flow| takes_long(&flow.steps))
}

/// Whether one of these steps waits for a job.
pub(super) fn takes_long(steps: &[Step]) -> bool {
    steps.iter().any(|step| match &step.kind {
        StepKind::Call(call) => call.job.is_some(),
        StepKind::Poll(_) => true,
        StepKind::If(branch) => takes_long(&branch.then.steps) || takes_long(&branch.otherwise.steps),
        StepKind::ForEach(planned) => takes_long(&planned.block.steps),
        StepKind::Parallel(steps) => takes_long(steps),
        StepKind::Lookup(_) | StepKind::Script(_) | StepKind::Set(_) | StepKind::Fail(_) => false,
    })
}
