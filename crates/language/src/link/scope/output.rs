//! Paths through the outputs of steps, and members that a step does not have.

use capstan_plan::{PathStep, Selector, SlotId, Template};

use super::{
    super::{
        given::{Members, Missing, Read, StepName},
        problem::Problem,
    },
    values::Values,
};
use crate::{
    diagnostic::Code,
    source::Spanned,
    suggest::{Names, nearest, slip},
};

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
        if slot == step.slot
            && let Some(problem) = around_job(step, path, way)
        {
            self.derived.problem(problem);
            return Some(Template::slot(slot));
        }
        if slot != step.slot || step.members == Members::Unknown {
            let behind = path.rest(path.value.len() - rest.len());
            self.derived.reads.extend(Read::along(slot, way, |at| Some(place(behind, way, at).span)));
        }
        Some(selected(slot, selector))
    }
}

/// A path that says it begins with a step (`steps.x.sumbit`) and nearly leads to the answers around its job.
fn around_job(step: &StepName, path: Spanned<&str>, way: &[PathStep]) -> Option<Problem> {
    let (Some(_), Some(PathStep::Field(field)), true) = (step.job, way.first(), path.value.starts_with("steps."))
    else {
        return None;
    };
    let near = slip(field, ["submit", "poll"], Names::Used)?;
    let behind = path.rest("steps.".len() + step.name.len());
    let message = format!("the job of step `{}` has no answer called `{field}`", step.name);
    Some(Problem::slip(place(behind, way, 0), message, near).coded(Code::UnresolvedStep))
}

/// Where a field of a way is written; `rest` is the path behind the step's name.
fn place<'t>(rest: Spanned<&'t str>, way: &[PathStep], at: usize) -> Spanned<&'t str> {
    let (mut from, mut to) = (0, 0);
    for part in way.iter().take(at + 1) {
        let PathStep::Field(name) = part else { continue };
        from = to + rest.value.get(to..).and_then(|text| text.find(&**name)).unwrap_or_default();
        to = from + name.len();
    }
    rest.part(from, to)
}

/// A member that a step does not have; `rest` is the path behind the step's name.
fn no_member(step: &StepName, rest: Spanned<&str>, way: &[PathStep], missing: &Missing) -> Problem {
    let Missing { at, known, certain } = missing;
    let written = place(rest, way, *at);
    let field = written.value;
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
