//! Values that have a name without being inputs: entries of `with`, values a flow was bound with, outputs of steps.

use capstan_plan::{SlotId, Template};

use super::{inputs::InputId, place::Where};
use crate::source::Spanned;

/// One entry of `with`, compiled.
#[derive(Clone, Debug)]
pub(super) struct With<'d> {
    pub(super) key: Spanned<&'d str>,
    /// `None` for null: as if absent (WITH-NULL).
    pub(super) template: Option<Template>,
    /// The one input it is, when it is exactly one.
    pub(super) input: Option<InputId>,
    pub(super) used: bool,
    /// Where it goes when the callee does not ask for it (rule I10).
    pub(super) place: Option<Where>,
}

/// A value computed before the first step, which later templates call by name.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) name: String,
    pub(super) slot: SlotId,
    pub(super) value: Template,
}

/// A named step whose output later templates may use.
#[derive(Clone, Debug)]
pub(super) struct StepName {
    pub(super) name: String,
    pub(super) slot: SlotId,
    /// The members its output has, where they are declared.
    pub(super) fields: Option<Vec<String>>,
    /// The slots of the answers around its job, where it has one.
    pub(super) job: Option<JobSlots>,
    /// What it is called where one of its members is missing.
    pub(super) what: &'static str,
}

impl StepName {
    /// A step of which no more is known.
    pub(super) fn new(name: &str, slot: SlotId) -> Self {
        Self { name: name.to_owned(), slot, fields: None, job: None, what: "step" }
    }
}

/// The slots of the answers around a job: `steps.x.submit` and `steps.x.poll`.
#[derive(Clone, Copy, Debug)]
pub(super) struct JobSlots {
    pub(super) submit: SlotId,
    pub(super) poll: SlotId,
}
