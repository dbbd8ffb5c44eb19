//! What the names inside templates mean for a unit: steps, variables, `with` and inputs (rule U5).

use capstan_plan::{FileId, Template};

use super::{
    super::{
        callee::Where,
        inputs::Kind,
        names::{KIND_ROOTS, norm},
    },
    Caller, Need,
};
use crate::{
    diagnostic::{Code, Sink},
    source::Span,
    suggest::nearest,
    template::{Names, steps},
};

impl Names for Caller<'_, '_, '_> {
    fn name(&mut self, path: &str, span: Span, _: &mut Sink) -> Template {
        if let Some(id) = self.context.bindings.declared(path) {
            return Template::Binding(id);
        }
        if let Some(template) = self.step(path) {
            return template;
        }
        let rooted = self.root(path).map(|(root, rest)| (root.to_owned(), rest.to_owned()));
        if let Some((root, rest)) = rooted
            && self.inputs.exact(path).is_none()
        {
            if let Some(template) = self.step(&rest) {
                return template;
            }
            if self.in_callee && KIND_ROOTS.contains(&root.as_str()) {
                let other = match self.inputs.kind {
                    Kind::Rest => !matches!(root.as_str(), "rest"),
                    Kind::Mcp => !matches!(root.as_str(), "tools" | "tool" | "mcp"),
                };
                if other {
                    self.rule(
                        Code::TmplRoot,
                        span,
                        format!("`{root}.{rest}` is the caller's `{rest}`, whichever adapter it is"),
                    );
                }
            }
            return self.value_of(&rest, span);
        }
        let known =
            self.with.iter().any(|w| self.in_callee && w.key.value == path) || self.inputs.exact(path).is_some();
        if !known && let Some((template, rule)) = self.context.bindings.variable(path, span, &self.context.origins) {
            self.rules.extend(rule);
            return template;
        }
        self.value_of(path, span)
    }

    fn free(&mut self, name: &str, span: Span, sink: &mut Sink) -> Option<Template> {
        if let Some(step) = self.steps.iter().find(|s| s.name == name || norm(&s.name) == norm(name)) {
            return Some(Template::slot(step.slot));
        }
        if self.inputs.exact(name).is_some()
            || self.with.iter().any(|w| w.key.value == name)
            || self.context.bindings.declared(name).is_some()
        {
            return Some(self.name(name, span, sink));
        }
        if name == "sandbox" && self.context.spec.sandbox.is_some() {
            return Some(Template::Object(Box::new([("url".into(), self.variable("sandbox.url", span))])));
        }
        if self.roots.iter().any(|r| r == name) {
            let members = self.inputs.drafts.iter().map(|d| (d.name.as_str().into(), Template::slot(d.slot))).collect();
            return Some(Template::Object(members));
        }
        if crate::link::binding::is_variable(name) {
            return Some(self.name(name, span, sink));
        }
        if FUNCTIONS.contains(&name) {
            return None;
        }
        Some(self.value_of(name, span))
    }

    fn schema_file(&mut self, reference: &str, span: Span) -> Option<FileId> {
        self.context.files.schema(reference, span, &self.context.origins)
    }
}

/// What the engine provides to expressions by name.
pub(super) const FUNCTIONS: &[&str] = &[
    "now",
    "timestamp",
    "new_id",
    "id_age",
    "id_tag",
    "hash",
    "violations",
    "uuid",
    "range",
    "dict",
    "namespace",
    "debug",
    "loop",
    "self",
];

impl<'d> Caller<'_, '_, 'd> {
    /// Rule U5 after the root: `with`, input, NAME-NORM, else an implicit input; dotted names may go into a value.
    fn value_of(&mut self, path: &str, span: Span) -> Template {
        let need = Need { required: false, ..Need::new(path, Where::Body, span) };
        let found = if self.in_callee {
            self.lookup(need)
        } else {
            self.inputs.exact(path).or_else(|| self.inputs.normed(path)).map(|at| {
                if let Some(draft) = self.inputs.get_mut(at) {
                    draft.claimed = true;
                }
                self.slot(at)
            })
        };
        if let Some(found) = found {
            return found;
        }
        if let Some((head, rest)) = path.split_once('.') {
            let head_need = Need { required: false, ..Need::new(head, Where::Body, span) };
            let known = self.inputs.exact(head).is_some() || self.with.iter().any(|w| w.key.value == head);
            if known && let Some(Template::Slot(slot, before)) = self.lookup(head_need) {
                let path: Vec<_> = before.iter().cloned().chain(steps(rest).into_vec()).collect();
                return Template::Slot(slot, path.into_boxed_slice());
            }
        }
        let suggestion = self.suggestion(path);
        let template = self.implicit(need);
        if let (Some(near), Some(last)) = (suggestion, self.rules.last_mut())
            && last.0 == Code::ImplicitInput
        {
            last.2.push_str(&format!("; did you mean `{near}`?"));
        }
        template
    }

    /// The suggestion for a name nothing in scope spells.
    pub(super) fn suggestion(&self, name: &str) -> Option<String> {
        let names = self
            .inputs
            .drafts
            .iter()
            .filter(|d| d.declared.is_some() || d.placeholder.is_some())
            .map(|d| d.name.as_str())
            .chain(self.steps.iter().map(|s| s.name.as_str()))
            .chain(self.context.bindings.names());
        nearest(name, names).map(str::to_owned)
    }

    /// A dotted path through step outputs.
    pub(super) fn step(&self, path: &str) -> Option<Template> {
        self.steps
            .iter()
            .filter(|s| path == s.name || path.strip_prefix(&s.name).is_some_and(|rest| rest.starts_with(['.', '['])))
            .max_by_key(|s| s.name.len())
            .map(|s| {
                let rest = path.get(s.name.len()..).unwrap_or_default();
                let selector = capstan_plan::Selector::parse(&format!("${rest}")).ok();
                let steps = selector.as_ref().and_then(|s| s.steps()).map(Into::into).unwrap_or_default();
                Template::Slot(s.slot, steps)
            })
    }
}
