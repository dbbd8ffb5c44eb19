//! Where another process can go on with a flow that waits for a job: what it needs for that, or why it cannot. Nothing may be done
//! twice that changes anything upstream, so every other step is one that it waited for, which is over, or one that only reads.

use crate::{Call, Flow, Outcome, Outputs, Shape, SlotId, Step, StepKind, Template};

/// What going on from a step that waits takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumption {
    /// The step that waits.
    pub step: usize,
    /// The steps that run again: that one, and those that it did not wait for.
    pub steps: Box<[usize]>,
    /// The slots that may be read from there on.
    pub slots: Box<[SlotId]>,
}

/// Why nobody else can go on with a flow: its handle lives and dies with its process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// What waits stands inside this step, so there may be several of it.
    Inside(usize),
    /// This step is not over by then, and may have changed something already.
    Twice(usize),
    /// The answer is that of this step, which is over by then.
    Answered(usize),
}

impl Flow {
    /// What another process needs to go on where this flow waits first, or why none can; nothing when it does not wait.
    #[must_use]
    pub fn resumption(&self) -> Option<Result<Resumption, Bound>> {
        let at = self.steps.iter().position(|step| step.kind.is_job())?;
        Some(match self.steps.get(at).map(|step| &step.kind) {
            Some(kind @ (StepKind::Call(_) | StepKind::Poll(_))) => self.resumed_at(at, kind),
            _ => Err(Bound::Inside(at)),
        })
    }

    fn resumed_at(&self, at: usize, kind: &StepKind) -> Result<Resumption, Bound> {
        let over = before(&self.steps, at);
        let steps: Box<[usize]> = (0..self.steps.len()).filter(|step| !over.contains(step)).collect();
        let again = || steps.iter().filter(|step| **step != at).filter_map(|at| Some((*at, self.steps.get(*at)?)));
        if let Some((twice, _)) = again().find(|(_, step)| changes(&step.kind)) {
            return Err(Bound::Twice(twice));
        }
        // What a mapping falls back on when it finds nothing is no loss: it is what the submit was answered with.
        if let Outcome::Response { step, .. } = &self.outcome
            && over.contains(step)
        {
            return Err(Bound::Answered(*step));
        }
        let mut slots = Vec::new();
        let mut read = |template: &Template| template.slots(&mut slots);
        // The templates of a job read its handle, not the frame of the flow.
        if matches!(kind, StepKind::Poll(_)) {
            kind.templates(&mut read);
        }
        again().for_each(|(_, step)| step.kind.templates(&mut read));
        self.outcome.templates(&mut read);
        if let Outcome::Output { step, .. } = &self.outcome {
            slots.extend(self.steps.get(*step).map(|step| step.slot));
        }
        Ok(Resumption { step: at, steps, slots: slots.into() })
    }
}

impl Outcome {
    /// Calls `f` on every template of what is answered; a mock has a frame of its own.
    fn templates<'a>(&'a self, f: &mut dyn FnMut(&'a Template)) {
        match self {
            Self::Response { outputs, .. } | Self::Output { outputs, .. } => outputs.templates(f),
            Self::Mapped { mappings, fallback } => {
                mappings.iter().for_each(|mapping| f(&mapping.value));
                if let Some((_, outputs)) = fallback {
                    outputs.templates(f);
                }
            }
            Self::Mock(_) => {}
        }
    }
}

impl Outputs {
    fn templates<'a>(&'a self, f: &mut dyn FnMut(&'a Template)) {
        match self {
            Self::Identity => {}
            Self::First(shapes) => shapes.iter().for_each(|shape| shape.templates(f)),
            Self::Named(shapes) => shapes.iter().for_each(|(_, shape)| shape.templates(f)),
        }
    }
}

impl Shape {
    fn templates<'a>(&'a self, f: &mut dyn FnMut(&'a Template)) {
        match self {
            Self::Select(_) => {}
            Self::Constant(template) => f(template),
            Self::Object { fields, .. } => fields.iter().for_each(|(_, field)| field.templates(f)),
            Self::Array { item, .. } => item.iter().for_each(|item| item.templates(f)),
            Self::Map { value, .. } => value.templates(f),
            Self::MaxLength(inner, _) => inner.templates(f),
        }
    }
}

/// The steps that one waits for, over however many others.
fn before(steps: &[Step], at: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut open = vec![at];
    while let Some(step) = open.pop().and_then(|at| steps.get(at)) {
        for other in &step.after {
            if !found.contains(other) {
                found.push(*other);
                open.push(*other);
            }
        }
    }
    found
}

/// Whether doing a step twice may be another thing than doing it once.
fn changes(kind: &StepKind) -> bool {
    let asks = |call: &Call| call.job.is_none() && call.request.method.is_idempotent();
    match kind {
        StepKind::Call(call) => !asks(call),
        _ => kind.lists().into_iter().flatten().any(|step| changes(&step.kind)),
    }
}
