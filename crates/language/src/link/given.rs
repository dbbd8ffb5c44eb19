//! Values that have a name without being inputs: entries of `with`, values a flow was bound with, outputs of steps and what is read
//! of them.

use capstan_plan::{PathStep, SlotId, Template};
use serde_json::Value;

use super::{inputs::InputId, place::Where};
use crate::source::{Span, Spanned};

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
    pub(super) members: Members,
    /// The slots of the answers around its job, where it has one.
    pub(super) job: Option<JobSlots>,
    /// What it is called where one of its members is missing.
    pub(super) what: &'static str,
}

impl StepName {
    /// A step of which no more is known.
    pub(super) fn new(name: &str, slot: SlotId) -> Self {
        Self { name: name.to_owned(), slot, members: Members::Unknown, job: None, what: "step" }
    }
}

/// The slots of the answers around a job: `steps.x.submit` and `steps.x.poll`.
#[derive(Clone, Copy, Debug)]
pub(super) struct JobSlots {
    pub(super) submit: SlotId,
    pub(super) poll: SlotId,
}

/// What is known of the members of a step's output.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Members {
    /// Nothing: it is an upstream's answer that nobody describes, or what a script returns.
    Unknown,
    /// These, as the document declares them.
    Declared(Vec<String>),
    /// As an OpenAPI document describes the answer.
    Documented(Value),
}

/// A member that is not there.
pub(super) struct Missing {
    /// The number of the step of the path that leads to it.
    pub(super) at: usize,
    /// What there is instead.
    pub(super) known: Vec<String>,
    /// The document itself says so, not one beside it that may be incomplete.
    pub(super) certain: bool,
}

impl Members {
    /// The first step of a path into the output that leads to no member.
    pub(super) fn missing(&self, path: &[PathStep]) -> Option<Missing> {
        match self {
            Self::Unknown => None,
            Self::Declared(names) => {
                let Some(PathStep::Field(field)) = path.first() else { return None };
                let known = names.iter().any(|name| **name == **field) || field.parse::<usize>().is_ok();
                (!known).then(|| Missing { at: 0, known: names.clone(), certain: true })
            }
            Self::Documented(schema) => undocumented(schema, path),
        }
    }
}

/// A member that is read of an answer.
#[derive(Clone, Debug)]
pub(super) struct Read {
    pub(super) slot: SlotId,
    /// The way to the object it is a member of.
    pub(super) before: Vec<PathStep>,
    pub(super) field: Box<str>,
    /// Where it is written; nowhere in this unit when the job behind the answer selects it.
    pub(super) span: Option<Span>,
}

impl Read {
    /// Every member on a way into an answer, each with its place.
    pub(super) fn along<'w>(
        slot: SlotId,
        way: &'w [PathStep],
        place: impl Fn(usize) -> Option<Span> + 'w,
    ) -> impl Iterator<Item = Self> + 'w {
        way.iter().enumerate().filter_map(move |(at, step)| {
            let PathStep::Field(field) = step else { return None };
            let before = way.get(..at).unwrap_or_default().to_vec();
            Some(Self { slot, before, field: field.as_ref().into(), span: place(at) })
        })
    }

    /// Whether both are members of the same object.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        self.slot == other.slot && self.before == other.before
    }
}

/// Follows a path through a schema until it says nothing more.
fn undocumented(schema: &Value, path: &[PathStep]) -> Option<Missing> {
    let mut schema = schema;
    for (at, step) in path.iter().enumerate() {
        let open = schema.get("additionalProperties").is_some();
        let members = schema.get("properties").and_then(Value::as_object).filter(|members| !members.is_empty());
        schema = match (step, members, schema.get("items")) {
            (PathStep::Field(name), Some(members), None) => match members.get(&**name) {
                Some(member) => member,
                None if open => return None,
                None => return Some(Missing { at, known: members.keys().cloned().collect(), certain: false }),
            },
            (PathStep::Index(_), None, Some(items)) => items,
            _ => return None,
        };
    }
    None
}
