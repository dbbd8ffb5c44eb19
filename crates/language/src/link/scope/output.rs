//! Paths through the outputs of steps, and members that a step does not have.

use capstan_plan::{PathStep, Selector, SlotId, Template};

use super::{
    super::{
        given::{Missing, StepName},
        problem::Problem,
    },
    values::Values,
};
use crate::{diagnostic::Code, source::Spanned, suggest::nearest};

impl Values<'_, '_> {
    /// A path through the output of a step; a member that the step does not have is a problem.
    pub(in crate::link) fn output(&mut self, path: Spanned<&str>) -> Option<Template> {
        let plain = || self.around.step(path.value).map(|(step, rest)| (step, step.slot, rest.to_owned()));
        // An input may be called `steps`; the answers around a job are nowhere else.
        let free = self.derived.inputs.exact("steps").is_none();
        let said = || self.around.said(path.value).filter(|(step, slot, _)| free || *slot != step.slot);
        let (step, slot, rest) = plain().or_else(said)?;
        let selector = match Selector::parse(&format!("${rest}")) {
            Ok(selector) => selector,
            Err(error) => {
                let message = format!("`{}` is not a path: {error}", path.value);
                let problem = Problem::step(path.span, message, format!("write `{}.field`", step.name));
                self.derived.problem(problem);
                return Some(Template::slot(slot));
            }
        };
        let way = selector.steps().or_else(|| selector.each()).unwrap_or_default();
        let missing = if slot == step.slot { step.members.missing(way) } else { None };
        if let Some(missing) = missing {
            let problem = no_member(step, path.rest(path.value.len() - rest.len()), way, &missing);
            self.derived.problem(problem);
            return Some(Template::slot(slot));
        }
        Some(selected(slot, selector))
    }
}

/// A member that a step does not have; `rest` is the path behind the step's name.
fn no_member(step: &StepName, rest: Spanned<&str>, way: &[PathStep], missing: &Missing) -> Problem {
    let Missing { at, known, certain } = missing;
    let mut from = 0;
    let mut field = "";
    for part in way.iter().take(at + 1) {
        let PathStep::Field(name) = part else { continue };
        from +=
            rest.value.get(from + field.len()..).and_then(|text| text.find(&**name)).unwrap_or_default() + field.len();
        field = name;
    }
    let written = rest.part(from, from + field.len());
    let message = match certain {
        true => format!("{} `{}` has no field `{field}`", step.what, step.name),
        false => format!("the OpenAPI document knows no field `{field}` in the answer of step `{}`", step.name),
    };
    let problem = match nearest(field, known.iter().map(String::as_str)) {
        Some(near) => return Problem::slip(written, message, near).coded(Code::UnresolvedStep),
        None => Problem::step(written.span, message, format!("it has `{}`", known.join("`, `"))),
    };
    if *certain { problem } else { problem.doubtful() }
}

/// What a selector finds in a slot.
pub(super) fn selected(slot: SlotId, selector: Selector) -> Template {
    match selector.steps() {
        Some(steps) => Template::Slot(slot, steps.into()),
        None => Template::Select(slot, Box::new(selector)),
    }
}
