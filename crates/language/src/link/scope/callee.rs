//! The callee's view: what the names in a consumed operation's own templates mean, and what fills its parameters
//! (rules I6, I12, U5). `with` comes first here, then inputs.

use capstan_plan::{FileId, ScalarType, Template};

use super::{
    super::{caller::Kind, names::KIND_ROOTS, need::Need, outputs::tree, source::Source},
    free::Free,
    values::Values,
};
use crate::{
    diagnostic::{Code, Defect, Sink},
    model::{Param, ValueDecl, ValueKind},
    source::{Span, Spanned},
    template::{FreeName, Names, Style, compile, has_template},
};

/// Names as the consumed operation means them.
pub(in crate::link) struct CalleeScope<'v, 'd>(pub(in crate::link) Values<'v, 'd>);

impl<'d> CalleeScope<'_, 'd> {
    /// Everything that fills a parameter: `with`, input, its own `value` (rule I6).
    pub(in crate::link) fn parameter(&mut self, need: Need<'_, 'd>, sink: &mut Sink) -> Option<Source> {
        let value = need.param.and_then(|p| p.value);
        if let Some(value) = value.filter(|value| constant(*value)) {
            return Some(Source::Constant(value.to_json()));
        }
        let found = self.0.lookup(need);
        let Some(value) = value else { return found };
        let own = match value.text() {
            Some(text) => compile(text, value.span(), Style::Strict, self, sink),
            None => tree(value, self, sink),
        };
        let mut slots = Vec::new();
        own.slots(&mut slots);
        // A value made of variables only is the operator's: no caller takes its place.
        if slots.is_empty() && !matches!(own, Template::Expression(_)) {
            return Some(Source::Own(own));
        }
        if found.is_some() {
            self.0.rule(
                Code::ParamValue,
                value.span(),
                format!("what the caller gives for `{}` takes the place of this value", need.name),
            );
        }
        let unmentioned = Need { required: false, narrow: true, listed: false, ..need };
        let found = found.unwrap_or_else(|| self.0.implicit(unmentioned));
        Some(Source::Preferred(Box::new(found), own))
    }

    /// Reads text as the type a JSON body slot declares (rule QUERY-COERCE): only what comes from a URL or header is text.
    pub(in crate::link) fn coerced(&mut self, template: Template, param: Option<&Param<'d>>) -> Template {
        let Self(values) = self;
        let inputs = &values.derived.inputs;
        let draft = inputs.behind(&template).and_then(|id| inputs.get(id)).filter(|draft| !draft.whole_body);
        let Some(draft) = draft.filter(|_| values.around.caller.kind == Kind::Rest) else { return template };
        let types = [draft.declared.as_ref(), param, draft.feeds.as_ref()];
        let ty = types.into_iter().flatten().find_map(|p| p.ty);
        let scalar = match ty.map(str::to_ascii_lowercase).as_deref() {
            Some("integer" | "int" | "long") => ScalarType::Integer,
            Some("number" | "float" | "double") => ScalarType::Number,
            Some("boolean" | "bool") => ScalarType::Boolean,
            _ => return template,
        };
        if draft.declared.is_none() {
            let (span, name) = (draft.span, draft.name.clone());
            values.rule(
                Code::QueryCoerce,
                span,
                format!("text given for `{name}` is sent as the type the body declares"),
            );
        }
        Template::Coerce(scalar, Box::new(template))
    }

    /// Rule U5 after the root: `with`, input, NAME-NORM, inside one of them; else an implicit input.
    fn value_of(&mut self, path: &str, span: Span) -> Template {
        let Self(values) = self;
        if let Some(found) = values.lookup(Need::inside(path, span)) {
            return values.template(&found);
        }
        values.inside(path, span).unwrap_or_else(|| values.implied_name(path, span))
    }

    /// Rule TMPL-ROOT: an adapter word stands for the caller, whichever adapter it is.
    fn rooted(&mut self, root: &str, rest: &str, span: Span) {
        let own = match self.0.around.caller.kind {
            Kind::Rest => root == "rest",
            Kind::Mcp => matches!(root, "tools" | "tool" | "mcp"),
        };
        if KIND_ROOTS.contains(&root) && !own {
            let message = format!("`{root}.{rest}` is the caller's `{rest}`, whichever adapter it is");
            self.0.rule(Code::TmplRoot, span, message);
        }
    }
}

impl Names for CalleeScope<'_, '_> {
    fn name(&mut self, path: &str, span: Span) -> Template {
        let Self(values) = self;
        if let Some(id) = values.variables.bindings.declared(path) {
            return Template::Binding(id);
        }
        let written = Spanned::new(path, span);
        if let Some(template) = values.output(written) {
            return template;
        }
        let input = values.derived.inputs.exact(path).is_some();
        if let Some((root, _)) = values.around.caller.root(path).filter(|_| !input) {
            let rest = written.rest(root.len() + 1);
            if let Some(template) = values.output(rest) {
                return template;
            }
            self.rooted(root, rest.value, span);
            return self.value_of(rest.value, rest.span);
        }
        let known = input || values.has_with(path);
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

/// Whether a parameter's `value` holds nothing to fill.
fn constant(value: ValueDecl<'_>) -> bool {
    match value.kind() {
        ValueKind::Plain => true,
        ValueKind::Text(text) => !has_template(text),
        ValueKind::List(items) => items.into_iter().all(constant),
        ValueKind::Object(members) => members.into_iter().all(|(_, member)| constant(member)),
    }
}
