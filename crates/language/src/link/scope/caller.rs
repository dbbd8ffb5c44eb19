//! The caller's view: what the names in `with`, outputs, mappings and mocks of an exposure or flow mean. They see inputs and
//! steps; an entry of `with` is a parameter of the callee, so only a dotted name reaches into one.

use capstan_plan::{FileId, Template};

use super::values::{Free, Values};
use crate::{diagnostic::Defect, source::Span, template::Names};

/// Names as the exposure or flow means them.
pub(in crate::link) struct CallerScope<'v, 'd>(pub(in crate::link) Values<'v, 'd>);

impl CallerScope<'_, '_> {
    /// An input, exactly or by NAME-NORM, or inside one; else an implicit input.
    fn value_of(&mut self, path: &str, span: Span) -> Template {
        let Self(values) = self;
        let inputs = &values.derived.inputs;
        if let Some(id) = inputs.exact(path).or_else(|| inputs.normed(path)) {
            values.derived.claim(id);
            return values.derived.inputs.template(id);
        }
        values.inside(path, span).unwrap_or_else(|| values.implied_name(path, span))
    }
}

impl Names for CallerScope<'_, '_> {
    fn name(&mut self, path: &str, span: Span) -> Template {
        let Self(values) = self;
        if let Some(id) = values.variables.bindings.declared(path) {
            return Template::Binding(id);
        }
        if let Some(template) = values.around.step(path) {
            return template;
        }
        let known = values.derived.inputs.exact(path).is_some();
        if let Some((_, rest)) = values.around.caller.root(path).filter(|_| !known) {
            return values.around.step(rest).unwrap_or_else(|| self.value_of(rest, span));
        }
        let variable = if known { None } else { values.variables.find(path, span, values.derived) };
        variable.unwrap_or_else(|| self.value_of(path, span))
    }

    fn free(&mut self, name: &str, span: Span) -> Option<Template> {
        match self.0.free(name, span) {
            Free::Known(template) => Some(template),
            Free::Name => Some(self.name(name, span)),
            Free::Value => Some(self.value_of(name, span)),
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
