//! The values in scope while a unit is linked, and looking one up by name (rules I5, I6, NAME-NORM). Both views share it.

use capstan_plan::{BindingId, PathStep, Selector, SlotId, Template, template::FUNCTIONS};

use super::super::{
    binding::is_variable,
    caller::Caller,
    derived::Derived,
    given::{Bound, StepName, With},
    inputs::InputId,
    names::{norm, only_norm},
    need::Need,
    problem::Problem,
    source::Source,
    variables::Variables,
};
use crate::{
    diagnostic::Code,
    source::Span,
    suggest::nearest,
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
    fn step<'p>(&self, path: &'p str) -> Option<(&StepName, &'p str)> {
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
    fn said(&self, path: &str) -> Option<(&StepName, SlotId, String)> {
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
        Self { around, with, environment: Vec::new(), derived, variables }
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

    /// Rule I5: an input nobody declared, because the callee needs it.
    pub(in crate::link) fn implicit(&mut self, need: Need<'_, 'd>) -> Source {
        Source::Input(self.derived.implicit(self.around.caller, need, None))
    }

    /// A path through the output of a step; a field that the step does not declare is a problem.
    pub(in crate::link) fn output(&mut self, path: &str, span: Span) -> Option<Template> {
        let plain = || self.around.step(path).map(|(step, rest)| (step, step.slot, rest.to_owned()));
        // An input may be called `steps`; the answers around a job are nowhere else.
        let free = self.derived.inputs.exact("steps").is_none();
        let said = || self.around.said(path).filter(|(step, slot, _)| free || *slot != step.slot);
        let (step, slot, rest) = plain().or_else(said)?;
        let selector = match Selector::parse(&format!("${rest}")) {
            Ok(selector) => selector,
            Err(error) => {
                let message = format!("`{path}` is not a path: {error}");
                let problem = Problem::step(span, message, format!("write `{}.field`", step.name));
                self.derived.problem(problem);
                return Some(Template::slot(slot));
            }
        };
        let first = selector.steps().and_then(|steps| steps.first());
        if let (Some(PathStep::Field(field)), Some(fields), true) = (first, &step.fields, slot == step.slot)
            && !fields.iter().any(|known| **known == **field)
            && field.parse::<usize>().is_err()
        {
            let message = format!("{} `{}` has no field `{field}`", step.what, step.name);
            let at = path.len() - rest.len() + 1;
            let span = if span.range().len() == path.len() { span.slice(at, path.len()) } else { span };
            let problem = match nearest(field, fields.iter().map(String::as_str)) {
                Some(near) => Problem::step(span, message, format!("did you mean `{near}`?")).meant(field, near),
                None => Problem::step(span, message, format!("it has `{}`", fields.join("`, `"))),
            };
            self.derived.problem(problem);
            return Some(Template::slot(slot));
        }
        Some(selected(slot, selector))
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

    /// Rule I5 for a name inside a template, with the name in scope that it may be a slip of. One of a bind's is no input.
    pub(super) fn implied_name(&mut self, path: &str, span: Span) -> Template {
        if let Some(near) = self.variables.bindings.near(path) {
            let message = format!("no variable is called `{path}`");
            let problem = Problem::unknown(span, message, format!("did you mean `{near}`?")).meant(path, &near);
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

    /// The names in scope that an author wrote.
    pub(super) fn known(&self) -> impl Iterator<Item = &str> {
        self.inputs().chain(self.around.names()).chain(self.variables.bindings.names())
    }

    /// The declared inputs.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &str> {
        self.derived.inputs.drafts.iter().filter(|draft| draft.is_declared()).map(|draft| draft.name.as_str())
    }

    /// What is wrong with a name that means nothing: the one it is near, else those there are.
    pub(super) fn nothing(&self, path: &str, span: Span, near: Option<String>) -> Problem {
        let names: Vec<&str> = self.around.names().chain(self.inputs()).take(8).collect();
        let problem = |help| Problem::unknown(span, format!("nothing here is called `{path}`"), help);
        match near {
            Some(near) => problem(format!("did you mean `{near}`?")).meant(path, &near),
            None if names.is_empty() => problem("declare it under `inputParameters`".to_owned()),
            None => problem(format!("there are: `{}`", names.join("`, `"))),
        }
    }

    /// The name in scope that a dotted one, or its head, may be a slip of.
    pub(super) fn suggestion(&self, name: &str) -> Option<String> {
        if let Some(near) = nearest(name, self.known()) {
            return Some(near.to_owned());
        }
        let (head, rest) = name.split_once('.')?;
        Some(format!("{}.{rest}", nearest(head, self.known())?))
    }

    /// What a free name of an expression is, before a view says what it means there.
    pub(super) fn free(&mut self, name: &str, span: Span) -> Free {
        // The latest of a name is meant, as in a path.
        let mut steps = self.around.steps.iter().rev();
        if let Some(step) = steps.find(|s| s.name == name || norm(&s.name) == norm(name)) {
            return Free::Known(Template::slot(step.slot));
        }
        if let Some(slot) = self.around.bound(name) {
            return Free::Known(Template::slot(slot));
        }
        let inputs = &self.derived.inputs;
        if inputs.exact(name).is_some() || self.has_with(name) || self.variables.bindings.declared(name).is_some() {
            return Free::Name;
        }
        if name == "steps" && !self.around.steps.is_empty() {
            return Free::Known(Template::Object(self.around.steps.iter().map(whole).collect()));
        }
        if name == "sandbox" && self.variables.bindings.has_sandbox() {
            return Free::Known(Template::Object(Box::new([("url".into(), self.variable("sandbox.url", span))])));
        }
        if self.around.caller.is_root(name) {
            let members: Box<_> =
                inputs.drafts.iter().map(|d| (d.name.as_str().into(), Template::slot(d.slot))).collect();
            self.derived.inputs.drafts.iter_mut().for_each(|draft| draft.mentioned = true);
            return Free::Known(Template::Object(members));
        }
        if is_variable(name) {
            Free::Name
        } else if FUNCTIONS.contains(&name) || BUILT_IN.contains(&name) {
            Free::Function
        } else {
            Free::Value
        }
    }
}

/// All that an expression reaches of a step by `steps.x`.
fn whole(step: &StepName) -> (Box<str>, Template) {
    let output = Template::slot(step.slot);
    let around = step.job.map(|job| {
        Box::new([("submit".into(), Template::slot(job.submit)), ("poll".into(), Template::slot(job.poll))])
    });
    let whole = match around {
        Some(around) => Template::Merge(Box::new(output), around),
        None => output,
    };
    (step.name.as_str().into(), whole)
}

/// What a selector finds in a slot.
pub(super) fn selected(slot: SlotId, selector: Selector) -> Template {
    match selector.steps() {
        Some(steps) => Template::Slot(slot, steps.into()),
        None => Template::Select(slot, Box::new(selector)),
    }
}

/// What a free name of an expression turned out to be.
pub(super) enum Free {
    /// This.
    Known(Template),
    /// A name like those between braces.
    Name,
    /// The value of that name, and nothing else.
    Value,
    /// A function.
    Function,
}

/// What minijinja itself knows by name, beside the engine's functions.
const BUILT_IN: &[&str] = &["range", "dict", "namespace", "debug", "loop", "self"];
