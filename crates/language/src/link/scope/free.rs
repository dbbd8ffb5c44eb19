//! What the free names of an expression mean, as far as both views agree.

use capstan_plan::{Template, template::FUNCTIONS};

use super::{
    super::{binding::is_variable, given::StepName, names::norm},
    values::Values,
};
use crate::{source::Spanned, template::FreeName};

/// What a free name of an expression turned out to be.
pub(super) enum Free {
    /// This.
    Known(Template),
    /// A name like those between braces.
    Name,
    /// The value of that name, and nothing else.
    Value,
    /// An object of these members, each a dotted name of its own.
    Members(Vec<(String, Spanned<String>)>),
    /// A function.
    Function,
}

/// What minijinja itself knows by name, beside the engine's functions.
const BUILT_IN: &[&str] = &["range", "dict", "namespace", "debug", "loop", "self"];

impl Values<'_, '_> {
    /// What a free name of an expression is, before a view says what it means there.
    pub(super) fn free(&mut self, free: &FreeName<'_>) -> Free {
        let (name, span) = (free.name, free.expression.span);
        // The latest of a name is meant, as in a path.
        let mut steps = self.around.steps.iter().rev();
        if let Some(step) = steps.find(|s| s.name == name || norm(&s.name) == norm(name)) {
            let (slot, called) = (step.slot, step.name.clone());
            for path in free.paths() {
                let tail = path.value.get(name.len()..).unwrap_or_default();
                drop(self.output(Spanned::new(&format!("{called}{tail}"), path.span)));
            }
            return Free::Known(Template::slot(slot));
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
        let members = free.members();
        let namespace = name == "env" || self.variables.bindings.is_namespace(name);
        if !members.is_empty() && (namespace || self.around.caller.is_root(name)) {
            return Free::Members(members);
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
