//! The caller's view: what the names in `with`, outputs, mappings and mocks of an exposure or flow mean. They see inputs and
//! steps; an entry of `with` is a parameter of the callee, so only a dotted name reaches into one.

use capstan_plan::{FileId, Selector, SlotId, Template};

use super::{super::problem::Problem, free::Free, output::selected, values::Values};
use crate::{
    diagnostic::{Code, Defect},
    source::{Span, Spanned},
    suggest::nearest,
    template::{FreeName, Names, absent},
};

/// Names as the exposure or flow means them.
pub(in crate::link) struct CallerScope<'v, 'd>(pub(in crate::link) Values<'v, 'd>);

impl CallerScope<'_, '_> {
    /// A bound value, or an input, exactly or by NAME-NORM, or inside one. Any other name is an input of its own where the author
    /// declares nothing that it could be a slip of.
    fn value_of(&mut self, path: &str, span: Span) -> Template {
        let Self(values) = self;
        if let Some(slot) = values.around.bound(path) {
            return Template::slot(slot);
        }
        let inputs = &values.derived.inputs;
        if let Some(id) = inputs.exact(path).or_else(|| inputs.normed(path)) {
            values.derived.mention(id);
            return values.derived.inputs.template(id);
        }
        if let Some(found) = values.inside(path, span) {
            return found;
        }
        let near = values.suggestion(path);
        let declares = values.derived.inputs.drafts.iter().any(|draft| draft.declared.is_some());
        if near.is_some() || declares || values.around.names().next().is_some() {
            let message = format!("nothing here is called `{path}`");
            let problem = match near {
                Some(near) => Problem::slip(Spanned::new(path, span), message, &near),
                None => Problem::unknown(span, message, values.help()),
            };
            values.derived.problem(problem);
            // Whoever reads it has nothing to run; it is said once.
            return absent();
        }
        values.implied_name(path, span)
    }

    /// The output of a step that a path goes through.
    pub(in crate::link) fn output(mut self, path: Spanned<&str>) -> Option<Template> {
        self.0.output(path)
    }

    /// A path written as JSONPath (`$.step.field`): into the output of a step, a bound value or an input. What it cannot mean is a
    /// problem.
    pub(in crate::link) fn path(mut self, text: Spanned<&str>) -> Option<Template> {
        self.json_path(text)
    }

    pub(super) fn json_path(&mut self, text: Spanned<&str>) -> Option<Template> {
        let Self(values) = self;
        let written = text.value.trim_end();
        let start = written.len() - written.trim_start().trim_start_matches('$').trim_start_matches('.').len();
        let spanned = text.part(start, written.len());
        let path = spanned.value;
        if let Some(template) = values.output(spanned) {
            return Some(template);
        }
        let head = first(path);
        if let Some(slot) = self.slot(head) {
            let Self(values) = self;
            return match Selector::parse(&format!("${}", path.get(head.len()..).unwrap_or_default())) {
                Ok(selector) => Some(selected(slot, selector)),
                Err(error) => {
                    let message = format!("`{}` is not a JSONPath: {error}", text.value.trim());
                    values.derived.problem(Problem::step(text.span, message, "write `$.step.field`".to_owned()));
                    None
                }
            };
        }
        let Self(values) = self;
        // `steps` stands before the name of a step.
        let said = path.strip_prefix("steps.").filter(|_| !values.around.steps.is_empty());
        let (start, head) = said.map_or((0, head), |rest| (path.len() - rest.len(), first(rest)));
        let at = spanned.part(start, start + head.len());
        let names = values.around.names().chain(values.inputs()).chain(values.around.root());
        let message = format!("no step is named `{head}`");
        let problem = match nearest(head, names) {
            Some(near) => Problem::slip(at, message, near).coded(Code::UnresolvedStep),
            None => {
                let help =
                    "a path begins with the name of an earlier step: `$.step.field`; a text is written `{{\"$.a\"}}`";
                Problem::step(at.span, message, help.to_owned())
            }
        };
        values.derived.problem(problem);
        None
    }

    /// The slot of a bound value or an input.
    pub(super) fn slot(&mut self, name: &str) -> Option<SlotId> {
        let Self(values) = self;
        if let Some(slot) = values.around.bound(name) {
            return Some(slot);
        }
        let id = values.derived.inputs.exact(name)?;
        values.derived.mention(id);
        values.derived.inputs.get(id).map(|draft| draft.slot)
    }
}

impl Names for CallerScope<'_, '_> {
    fn name(&mut self, path: &str, span: Span) -> Template {
        let Self(values) = self;
        if let Some(id) = values.variables.bindings.declared(path) {
            return Template::Binding(id);
        }
        let written = Spanned::new(path, span);
        if let Some(template) = values.output(written) {
            return template;
        }
        let known = values.derived.inputs.exact(path).is_some();
        if let Some((root, _)) = values.around.caller.root(path).filter(|_| !known) {
            let rest = written.rest(root.len() + 1);
            return values.output(rest).unwrap_or_else(|| self.value_of(rest.value, rest.span));
        }
        let variable = if known { None } else { values.variables.find(path, span, values.derived) };
        variable.unwrap_or_else(|| self.value_of(path, span))
    }

    fn free(&mut self, free: &FreeName<'_>) -> Option<Template> {
        let (name, span) = (free.name, free.expression.word(free.name).unwrap_or(free.expression).span);
        match self.0.free(free) {
            Free::Known(template) => Some(template),
            Free::Name => Some(self.name(name, span)),
            Free::Value => Some(self.value_of(name, span)),
            Free::Members(members) => {
                let members = members.into_iter().map(|(member, path)| {
                    let value = self.name(&path.value, path.span);
                    (member.into_boxed_str(), value)
                });
                Some(Template::Object(members.collect()))
            }
            Free::Function => None,
        }
    }

    fn broken(&mut self, defect: Defect) {
        self.0.derived.broken(defect);
    }

    fn schema_file(&mut self, reference: &str, span: Span) -> Option<FileId> {
        self.0.variables.schema_file(reference, span)
    }
}

/// The first part of a dotted path.
fn first(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}
