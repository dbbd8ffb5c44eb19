//! One unit being linked: who calls, what its templates may refer to so far, and what linking it has derived.

use capstan_plan::{SlotId, Template};
use http::Method;
use serde_json::Value;

use super::{
    caller::Caller,
    context::Context,
    derived::Derived,
    given::{Bound, StepName, With},
    scope::{CallerScope, Surroundings, Target, Values},
    variables::Variables,
};
use crate::{diagnostic::Sink, model::WithDecl};

/// A unit in the making.
pub(super) struct Linking<'d> {
    pub(super) caller: Caller,
    /// Values computed before the first step, by name.
    pub(super) bound: Vec<Bound>,
    /// The steps so far.
    pub(super) steps: Vec<StepName>,
    pub(super) derived: Derived<'d>,
    /// What it calls, when it is one call.
    pub(super) upstream: Option<Upstream>,
    /// The slot that holds the whole request, for mocks.
    pub(super) request: Option<SlotId>,
    /// Names its calls give values to themselves.
    pub(super) fixed: Vec<String>,
    /// What an OpenAPI document says of the answer, when it is that of one call.
    pub(super) answer: Option<Value>,
    /// What the document says of the operation in sentences, when it is one call: what it does, and how it fails.
    pub(super) prose: [Option<String>; 2],
}

/// The consumed operation behind a unit, for hints and people.
pub(super) struct Upstream {
    pub(super) method: Method,
    /// `METHOD url`.
    pub(super) text: String,
}

impl<'d> Linking<'d> {
    /// A unit of `caller` without inputs yet.
    pub(super) fn new(caller: Caller) -> Self {
        Self {
            caller,
            bound: Vec::new(),
            steps: Vec::new(),
            derived: Derived::default(),
            upstream: None,
            request: None,
            fixed: Vec::new(),
            answer: None,
            prose: [None, None],
        }
    }

    /// What is in scope whatever is linked next.
    pub(super) fn surroundings(&self) -> Surroundings<'_> {
        Surroundings { caller: &self.caller, bound: &self.bound, steps: &self.steps }
    }

    /// Names as this unit means them.
    pub(super) fn scope<'l>(&'l mut self, context: &'l mut Context<'_, '_>) -> CallerScope<'l, 'd> {
        self.scope_with(context, Vec::new())
    }

    /// Names as this unit means them beside the `with` of its call.
    pub(super) fn scope_with<'l>(
        &'l mut self,
        context: &'l mut Context<'_, '_>,
        with: Vec<With<'d>>,
    ) -> CallerScope<'l, 'd> {
        let around = Surroundings { caller: &self.caller, bound: &self.bound, steps: &self.steps };
        let variables = Variables {
            bindings: &mut context.bindings,
            files: &mut context.files,
            origins: &context.origins,
            namespaces: &context.namespaces,
        };
        CallerScope(Values::new(around, with, &mut self.derived, variables))
    }

    /// Binds the entries of a flow's `with`: later templates call each by its name.
    pub(super) fn bind(
        &mut self,
        context: &mut Context<'_, '_>,
        entries: &[WithDecl<'d>],
        target: Target<'_, '_, '_>,
        sink: &mut Sink,
    ) {
        for entry in self.scope(context).bind(entries, target, sink) {
            if let Some(value) = entry.template {
                let slot = self.derived.inputs.slot();
                self.bound.push(Bound { name: entry.key.value.to_owned(), slot, value });
            }
        }
    }

    /// The values to compute before the first step.
    pub(super) fn take_bound(&mut self) -> Box<[(SlotId, Template)]> {
        std::mem::take(&mut self.bound).into_iter().map(|bound| (bound.slot, bound.value)).collect()
    }
}
