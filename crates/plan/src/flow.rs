//! Flows: what runs when a unit is called. A simple call is a flow of one step.

use serde_json::Value;

use crate::{BindingId, Call, FileId, Mock, Origin, Outputs, Polling, Schema, SlotId, Template};

/// A sequence of steps with inputs and an outcome.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The unit's name, for people and logs.
    pub name: Box<str>,
    /// How many slots its frame has.
    pub slots: u32,
    /// What callers supply; each owns one slot.
    pub inputs: Box<[Input]>,
    /// Values computed from the inputs before the first step (`with` entries others refer to), in order.
    pub bound: Box<[(SlotId, Template)]>,
    /// The steps in document order; a step may start when all of its `after` are done.
    pub steps: Box<[Step]>,
    /// What is answered.
    pub outcome: Outcome,
    /// Every binding that must have a value before anything is sent.
    pub bindings: Box<[BindingId]>,
    /// Where it is declared.
    pub origin: Origin,
}

impl Flow {
    /// Whether its answer waits for something that takes long.
    #[must_use]
    pub fn is_job(&self) -> bool {
        self.steps.iter().any(|step| step.kind.is_job())
    }
}

/// One input of a flow.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name as callers know it.
    pub name: Box<str>,
    /// The slot it fills.
    pub slot: SlotId,
    /// Whether its absence is an error.
    pub required: bool,
    /// Its JSON Schema (2020-12), possibly empty. Shown to clients; enforced only where `enforced`.
    pub schema: Schema,
    /// Whether a value that does not satisfy `schema` is refused.
    pub enforced: bool,
    /// The value when the caller gives none.
    pub default: Option<Box<Value>>,
    /// Whether it is a whole request body.
    pub whole_body: bool,
    /// What stands between the elements of a list, or names and values of an object, that a caller writes into one text.
    pub delimiter: Option<char>,
    /// Where it is declared, or what needs it.
    pub origin: Origin,
}

/// One step of a flow.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name; empty when it has none.
    pub name: Box<str>,
    /// The slot its output goes to.
    pub slot: SlotId,
    /// Positions of the steps before it in the same list that it waits for: it reads their output, or they may refuse the call.
    pub after: Box<[usize]>,
    /// What it does.
    pub kind: StepKind,
    /// Where it is declared.
    pub origin: Origin,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// Sends an upstream request.
    Call(Box<Call>),
    /// Finds entries of an earlier step's output.
    Lookup(Box<Lookup>),
    /// Runs a script.
    Script(Box<Script>),
    /// Asks until something is over; its output is the result.
    Poll(Box<Polling>),
    /// Runs one list of steps or another; its output is that of the list.
    If(Box<Branch>),
    /// Runs steps once for each element of a list; its output is a list.
    ForEach(Box<ForEach>),
    /// Runs these at the same time: none waits for another. Its output is an object of their outputs by name.
    Parallel(Box<Block>),
    /// Computes a value.
    Set(Box<Template>),
    /// Ends the flow: the caller is told why.
    Fail(Box<Refusal>),
}

impl StepKind {
    /// The lists of steps inside it; of most kinds both are empty.
    #[must_use]
    pub fn lists(&self) -> [&[Step]; 2] {
        match self {
            Self::If(branch) => [&branch.then.steps, &branch.otherwise.steps],
            Self::ForEach(each) => [&each.block.steps, &[]],
            Self::Parallel(block) => [&block.steps, &[]],
            Self::Call(_) | Self::Lookup(_) | Self::Script(_) | Self::Poll(_) | Self::Set(_) | Self::Fail(_) => {
                [&[], &[]]
            }
        }
    }

    /// Whether it, or a step inside it, waits for something that takes long.
    #[must_use]
    pub fn is_job(&self) -> bool {
        match self {
            Self::Call(call) => call.job.is_some(),
            Self::Poll(_) => true,
            _ => self.lists().into_iter().flatten().any(|step| step.kind.is_job()),
        }
    }
}

/// A list of steps inside a step. They see the frame around them, and nothing around them sees their outputs.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The steps in document order; `after` counts within the list.
    pub steps: Box<[Step]>,
    /// Its output: that of the last step, or what `collect` says. Absent where there is no step.
    pub value: Option<Template>,
    /// Every slot that its steps fill, those of blocks inside it too, and that of an element: empty again for each run of it.
    pub slots: Box<[SlotId]>,
    /// The slots that `value` reads.
    read: Box<[SlotId]>,
}

impl Block {
    /// Steps, what they give, and the slots they fill.
    #[must_use]
    pub fn new(steps: Vec<Step>, value: Option<Template>, slots: Vec<SlotId>) -> Self {
        let mut read = Vec::new();
        value.iter().for_each(|value| value.slots(&mut read));
        Self { steps: steps.into(), value, slots: slots.into(), read: read.into() }
    }

    /// Whether its output may be made of what this slot holds: without a value of its own that is any.
    #[must_use]
    pub fn reads(&self, slot: SlotId) -> bool {
        self.value.is_none() || self.read.contains(&slot)
    }
}

/// A choice.
#[derive(Clone, Debug)]
pub struct Branch {
    /// What decides: absent, false, zero, empty text and empty lists and objects mean no.
    pub condition: Template,
    /// What runs when it holds.
    pub then: Block,
    /// What runs when it does not.
    pub otherwise: Block,
}

/// Steps for each element of a list.
#[derive(Clone, Debug)]
pub struct ForEach {
    /// The list. Absent is empty; anything else that is no list is a fault.
    pub items: Template,
    /// The slot that takes the element, one of the block's.
    pub item: SlotId,
    /// How many run at the same time: at least one.
    pub parallel: u32,
    /// Whether an element that fails leaves its problem in the output, as long as another one does not fail.
    pub keeps_errors: bool,
    /// What runs. Its values, in the order of the list, are the output; absent ones are left out.
    pub block: Block,
}

/// Why a flow ends early.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The status of the problem: 400 to 599.
    pub status: u16,
    /// What it is, in a few words.
    pub title: Option<Template>,
    /// What is wrong, and what to do.
    pub detail: Option<Template>,
}

/// A lookup: join by key.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// The output searched.
    pub index: Template,
    /// The field compared, as text.
    pub matches: Box<str>,
    /// What it is compared with: one value, or each element of a list.
    pub value: Template,
    /// The fields kept.
    pub fields: Box<[Box<str>]>,
}

/// A script step.
#[derive(Clone, Debug)]
pub struct Script {
    /// The files evaluated in order, each with its name below the scripts' folder. The main file is the last one.
    pub files: Box<[(Box<str>, FileId)]>,
    /// Every name the script's `context` holds, in order: inputs, step outputs, then `with`.
    pub context: Box<[(Box<str>, Template)]>,
    /// Wall-clock limit in milliseconds.
    pub timeout_ms: u64,
    /// Statement limit.
    pub statements: u64,
}

/// What a flow answers.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The answer of the step at this position, mapped.
    Response {
        /// The call step whose answer it is.
        step: usize,
        /// How it is mapped.
        outputs: Outputs,
    },
    /// The output of the step at this position, which is no call, mapped.
    Output {
        /// The step.
        step: usize,
        /// How its output is mapped; bytes are not.
        outputs: Outputs,
    },
    /// An object of step outputs; the answer of the last call when nothing resolves.
    Mapped {
        /// The members in order.
        mappings: Box<[Mapping]>,
        /// The call step to fall back on, and how it is mapped.
        fallback: Option<(usize, Outputs)>,
    },
    /// A computed answer without any upstream.
    Mock(Box<Mock>),
}

/// One member of a mapped outcome.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The (nested) member it sets.
    pub target: Box<[Box<str>]>,
    /// Its value; absent leaves the member out.
    pub value: Template,
}
