//! The values in scope while a unit is linked, and looking one up by name (rules I5, I6, NAME-NORM). Both views share it.

use capstan_plan::{BindingId, PathStep, SlotId, Template};

use super::super::{
    caller::Caller,
    derived::Derived,
    given::{Bound, StepName, With},
    inputs::InputId,
    names::only_norm,
    need::Need,
    source::Source,
    variables::Variables,
};
use crate::{
    diagnostic::Code,
    source::{Span, Spanned},
    template::{absent, steps},
};

/// What is in scope whatever is linked: who calls, what its flow was bound with and which steps came before.
#[derive(Clone, Copy)]
pub(in crate::link) struct Surroundings<'u> {
    pub(in crate::link) caller: &'u Caller,
    pub(in crate::link) bound: &'u [Bound],
    pub(in crate::link) steps: &'u [StepName],
}

impl Surroundings<'_> {
    /// The step whose output a dotted path goes through, and the rest of the path.
    pub(super) fn step<'p>(&self, path: &'p str) -> Option<(&StepName, &'p str)> {
        let inside = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
        let named = self.steps.iter().filter(|step| path.strip_prefix(&step.name).is_some_and(inside));
        let step = named.max_by_key(|step| step.name.len())?;
        Some((step, path.get(step.name.len()..).unwrap_or_default()))
    }

    /// The slot of a value the flow was bound with.
    pub(super) fn bound(&self, name: &str) -> Option<SlotId> {
        self.bound.iter().find(|bound| bound.name == name).map(|bound| bound.slot)
    }

    /// The same, where the path may say that it begins with a step, and then may lead to the answers around its job.
    pub(super) fn said(&self, path: &str) -> Option<(&StepName, SlotId, String)> {
        let (step, rest) = self.step(path.strip_prefix("steps.")?)?;
        if let Some(job) = &step.job {
            for (member, slot) in [(".submit", job.submit), (".poll", job.poll)] {
                let inside = |rest: &&str| rest.is_empty() || rest.starts_with(['.', '[']);
                if let Some(rest) = rest.strip_prefix(member).filter(inside) {
                    return Some((step, slot, rest.to_owned()));
                }
            }
        }
        Some((step, step.slot, rest.to_owned()))
    }

    /// The word in front of the names of steps, where there are any.
    pub(super) fn root(&self) -> Option<&'static str> {
        (!self.steps.is_empty()).then_some("steps")
    }

    /// The names of the steps and the bound values.
    pub(in crate::link) fn names(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|step| step.name.as_str()).chain(self.bound.iter().map(|bound| bound.name.as_str()))
    }
}

/// The values a name can stand for, and what looking them up derives.
pub(in crate::link) struct Values<'v, 'd> {
    pub(in crate::link) around: Surroundings<'v>,
    pub(in crate::link) with: Vec<With<'d>>,
    /// Names the callee reads from the environment (`in: environment`).
    pub(in crate::link) environment: Vec<(String, BindingId)>,
    /// Names that were looked up for the callee, and where it writes them.
    pub(in crate::link) asked: Vec<Spanned<String>>,
    /// Parameters that the operation declares.
    pub(in crate::link) own: Vec<&'v str>,
    /// Names that were found to be meant by slips of them.
    pub(in crate::link) meant: Vec<String>,
    pub(in crate::link) derived: &'v mut Derived<'d>,
    pub(in crate::link) variables: Variables<'v>,
}

impl<'v, 'd> Values<'v, 'd> {
    pub(in crate::link) fn new(
        around: Surroundings<'v>,
        with: Vec<With<'d>>,
        derived: &'v mut Derived<'d>,
        variables: Variables<'v>,
    ) -> Self {
        let (environment, asked, own, meant) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { around, with, environment, asked, own, meant, derived, variables }
    }

    pub(in crate::link) fn rule(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.derived.rule(code, span, message);
    }

    /// The value of a source found here.
    pub(in crate::link) fn template(&self, source: &Source) -> Template {
        source.template(&self.with, &self.derived.inputs)
    }

    /// The binding of a name that can only be a variable.
    pub(in crate::link) fn variable(&mut self, name: &str, span: Span) -> Template {
        self.variables.variable(name, span, self.derived)
    }

    /// What fills a need of the callee, if anything named so far does (rule I6 without the parameter's own `value`).
    pub(in crate::link) fn lookup(&mut self, need: Need<'_, 'd>) -> Option<Source> {
        self.asked.push(Spanned::new(need.name.to_owned(), need.span));
        let exact = self.with.iter().position(|w| w.key.value == need.name && w.template.is_some());
        if let Some(at) = exact {
            return Some(self.take_with(at, need));
        }
        if let Some((_, id)) = self.environment.iter().find(|(name, _)| name == need.name) {
            return Some(Source::Binding(*id));
        }
        if let Some(slot) = self.around.bound(need.name) {
            return Some(Source::Bound(slot));
        }
        if let Some(id) = self.derived.inputs.exact(need.name) {
            return Some(self.take_input(id, need));
        }
        let free = self.with.iter().enumerate().filter(|(_, w)| w.template.is_some() && !w.used);
        if let Some(at) = only_norm(need.name, free.map(|(at, w)| (at, w.key.value))) {
            self.rule(
                Code::NameNorm,
                need.span,
                format!("`{}` is filled by the `with` key that spells it differently", need.name),
            );
            return Some(self.take_with(at, need));
        }
        let id = self.derived.inputs.normed(need.name)?;
        self.rule(
            Code::NameNorm,
            need.span,
            format!("`{}` is filled by the input that spells it differently", need.name),
        );
        Some(self.take_input(id, need))
    }

    fn take_with(&mut self, at: usize, need: Need<'_, 'd>) -> Source {
        if let Some(entry) = self.with.get_mut(at) {
            entry.used = true;
            if let Some(id) = entry.input {
                self.derived.feed(self.around.caller, id, need);
            }
        }
        Source::With(at)
    }

    fn take_input(&mut self, id: InputId, need: Need<'_, 'd>) -> Source {
        self.derived.feed(self.around.caller, id, need);
        Source::Input(id)
    }

    /// Rule I5: an input nobody declared, because the callee needs it. A dotted name that is a slip of another is none.
    pub(in crate::link) fn implicit(&mut self, need: Need<'_, 'd>) -> Source {
        let dotted = need.name.contains('.') && !need.narrow;
        if let Some(problem) = dotted.then(|| self.slip(Spanned::new(need.name, need.span))).flatten() {
            self.derived.problem(problem);
            return Source::Own(absent());
        }
        Source::Input(self.derived.implicit(self.around.caller, need, None))
    }

    /// A dotted name goes into a value whose name is its head.
    pub(super) fn inside(&mut self, path: &str, span: Span) -> Option<Template> {
        let (head, rest) = path.split_once('.')?;
        if let Some(slot) = self.around.bound(head) {
            return Some(Template::Slot(slot, steps(rest)));
        }
        let known = self.derived.inputs.exact(head).is_some() || self.has_with(head);
        let found = if known { self.lookup(Need::inside(head, span)) } else { None }?;
        let Template::Slot(slot, before) = self.template(&found) else { return None };
        let path: Vec<PathStep> = before.into_vec().into_iter().chain(steps(rest).into_vec()).collect();
        Some(Template::Slot(slot, path.into_boxed_slice()))
    }

    /// Rule I5 for a name inside a template, with the name in scope that it may be near. A slip of one is no input.
    pub(super) fn implied_name(&mut self, path: &str, span: Span) -> Template {
        if let Some(problem) = self.slip(Spanned::new(path, span)) {
            self.derived.problem(problem);
            return absent();
        }
        let near = self.suggestion(path);
        let id = self.derived.implicit(self.around.caller, Need::inside(path, span), near.as_deref());
        self.derived.inputs.template(id)
    }

    pub(super) fn has_with(&self, name: &str) -> bool {
        self.with.iter().any(|w| w.key.value == name)
    }

    /// The declared inputs.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &str> {
        self.derived.inputs.drafts.iter().filter(|draft| draft.is_declared()).map(|draft| draft.name.as_str())
    }
}
