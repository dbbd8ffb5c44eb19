//! Where the value of a callee's need comes from.

use capstan_plan::{BindingId, SlotId, Template};
use serde_json::Value;

use super::{
    given::With,
    inputs::{InputId, Inputs},
};
use crate::template::absent;

/// What fills a need.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// A parameter's own `value` without anything to fill.
    Constant(Value),
    /// A parameter's own `value`, made of variables only: the operator's, no caller takes its place.
    Own(Template),
    /// A part of the credential.
    Credential(Template),
    /// A variable.
    Binding(BindingId),
    /// The `with` entry at this position.
    With(usize),
    /// A value the flow was bound with.
    Bound(SlotId),
    /// An input, declared or derived.
    Input(InputId),
    /// What a caller gives, else the parameter's own `value` (rule PARAM-VALUE).
    Preferred(Box<Self>, Template),
}

impl Source {
    /// Whether it is the very same value as `other`.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::With(one), Self::With(other)) => one == other,
            (Self::Bound(one), Self::Bound(other)) => one == other,
            (Self::Input(one), Self::Input(other)) => one == other,
            _ => false,
        }
    }

    /// The one input it is, when it is exactly one.
    pub(super) fn input(&self, with: &[With<'_>]) -> Option<InputId> {
        match self {
            Self::Input(id) => Some(*id),
            Self::With(at) => with.get(*at)?.input,
            _ => None,
        }
    }

    /// The value as a template over the frame.
    pub(super) fn template(&self, with: &[With<'_>], inputs: &Inputs<'_>) -> Template {
        match self {
            Self::Constant(value) => Template::literal(value.clone()),
            Self::Own(template) | Self::Credential(template) => template.clone(),
            Self::Binding(id) => Template::Binding(*id),
            Self::With(at) => with.get(*at).and_then(|entry| entry.template.clone()).unwrap_or_else(absent),
            Self::Bound(slot) => Template::slot(*slot),
            Self::Input(id) => inputs.template(*id),
            Self::Preferred(given, own) => Template::First(Box::new([given.template(with, inputs), own.clone()])),
        }
    }
}
