//! Needs of a callee and what fills them (rules I4-I6, I12).

use capstan_plan::{ScalarType, Template};

use super::{
    super::{
        callee::Where,
        inputs::Kind,
        names::{norm, only_norm},
        outputs::tree,
    },
    Caller,
};
use crate::{
    diagnostic::{Code, Sink},
    model::{Param, ValueDecl, ValueKind},
    openapi::TypedOperation,
    source::Span,
    template::{Style, compile, has_template},
};

/// One thing a callee needs.
#[derive(Clone, Copy, Debug)]
pub(in crate::link) struct Need<'n, 'd> {
    pub(in crate::link) name: &'n str,
    pub(in crate::link) place: Where,
    pub(in crate::link) param: Option<&'n Param<'d>>,
    pub(in crate::link) required: bool,
    pub(in crate::link) span: Span,
    /// An OpenAPI schema for it.
    pub(in crate::link) schema: Option<&'n serde_json::Value>,
    /// Shown to clients when it is implied.
    pub(in crate::link) listed: bool,
    /// Implied only, optional: looked for in the obvious place.
    pub(in crate::link) narrow: bool,
}

impl<'n, 'd> Need<'n, 'd> {
    pub(in crate::link) fn new(name: &'n str, place: Where, span: Span) -> Self {
        Self { name, place, param: None, required: true, span, schema: None, listed: true, narrow: false }
    }

    pub(in crate::link) fn typed(mut self, typed: Option<&'n TypedOperation>) -> Self {
        let place = match self.place {
            Where::Path => "path",
            Where::Query => "query",
            Where::Header => "header",
            Where::Cookie => "cookie",
            Where::Body | Where::Environment => return self,
        };
        if let Some(parameter) = typed.and_then(|t| {
            t.parameters.iter().find(|p| p.place == place && (p.name == self.name || norm(&p.name) == norm(self.name)))
        }) {
            self.schema = Some(&parameter.schema);
            self.required |= parameter.required;
        }
        self
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

impl<'d> Caller<'_, '_, 'd> {
    /// What fills a need of the callee, if anything named so far does (rule I6 without the parameter's own `value`).
    pub(in crate::link) fn lookup(&mut self, need: Need<'_, 'd>) -> Option<Template> {
        let exact = self.with.iter().position(|w| w.key.value == need.name && w.template.is_some());
        if let Some(at) = exact {
            return self.take_with(at, need);
        }
        if let Some((_, id)) = self.environment.iter().find(|(name, _)| name == need.name) {
            return Some(Template::Binding(*id));
        }
        if let Some((_, slot)) = self.bound.iter().find(|(name, _)| name == need.name) {
            return Some(Template::slot(*slot));
        }
        if let Some(at) = self.inputs.exact(need.name) {
            self.feed(at, need);
            return Some(self.slot(at));
        }
        let normed = only_norm(
            need.name,
            self.with
                .iter()
                .enumerate()
                .filter(|(_, w)| w.template.is_some() && !w.used)
                .map(|(i, w)| (i, w.key.value)),
        );
        if let Some(at) = normed {
            self.rule(
                Code::NameNorm,
                need.span,
                format!("`{}` is filled by the `with` key that spells it differently", need.name),
            );
            return self.take_with(at, need);
        }
        let at = self.inputs.normed(need.name)?;
        self.rule(
            Code::NameNorm,
            need.span,
            format!("`{}` is filled by the input that spells it differently", need.name),
        );
        self.feed(at, need);
        Some(self.slot(at))
    }

    fn take_with(&mut self, at: usize, need: Need<'_, 'd>) -> Option<Template> {
        let entry = self.with.get_mut(at)?;
        entry.used = true;
        let (template, input) = (entry.template.clone()?, entry.input);
        if let Some(input) = input {
            self.feed(input, need);
        }
        Some(template)
    }

    /// Notes what an input is for: types, prose and whether it is required follow the consumed side.
    pub(in crate::link) fn feed(&mut self, at: usize, need: Need<'_, 'd>) {
        let undeclared_lookup = self.inputs.kind == Kind::Rest && self.exposed_postish;
        let mut flagged = None;
        if let Some(draft) = self.inputs.get_mut(at) {
            draft.claimed = true;
            draft.required |= need.required;
            if !need.narrow && draft.narrow.take().is_some() {
                draft.listed = true;
            }
            if undeclared_lookup
                && matches!(need.place, Where::Query | Where::Header)
                && draft.declared.is_none()
                && draft.placeholder.is_none()
                && draft.location.is_none()
                && !draft.whole_body
            {
                flagged = Some((draft.span, draft.name.clone()));
            }
            if draft.feeds.is_none() {
                draft.feeds = need.param.cloned();
            }
            if need.place == Where::Header && draft.header.is_none() {
                draft.header = http::HeaderName::from_bytes(need.name.as_bytes()).ok();
            }
            if let Some(schema) = need.schema
                && draft.schema.is_none()
                && draft.declared.is_none()
            {
                draft.schema = Some(schema.clone());
            }
        }
        if let Some((span, name)) = flagged {
            self.rule(Code::RestLookup, span, format!("`{name}` may be given in the query or the body of the request"));
        }
    }

    /// Rule I5: an input nobody declared, because the callee needs it.
    pub(in crate::link) fn implicit(&mut self, need: Need<'_, 'd>) -> Template {
        let slot = {
            let draft = self.inputs.add(need.name, need.span);
            draft.listed = need.listed;
            draft.narrow = need.narrow.then_some(need.place);
            draft.slot
        };
        let at = self.inputs.drafts.len() - 1;
        if !need.narrow {
            self.rule(
                Code::ImplicitInput,
                need.span,
                format!("the callee needs `{}`: it becomes an input of that name", need.name),
            );
        }
        self.feed(at, need);
        Template::slot(slot)
    }

    /// Everything that fills a parameter: `with`, input, its own `value` (rule I6).
    pub(in crate::link) fn parameter(&mut self, need: Need<'_, 'd>, sink: &mut Sink) -> Option<Template> {
        let value = need.param.and_then(|p| p.value);
        if let Some(value) = value
            && constant(value)
        {
            return Some(Template::literal(value.to_json()));
        }
        let found = self.lookup(need);
        let Some(value) = value else { return found };
        self.in_callee = true;
        let own = match value.text() {
            Some(text) => compile(text, value.span(), Style::Strict, self, sink),
            None => tree(value, self, sink),
        };
        let mut slots = Vec::new();
        own.slots(&mut slots);
        // A value made of variables only is the operator's: no caller takes its place.
        if slots.is_empty() && !matches!(own, Template::Expression(_)) {
            return Some(own);
        }
        if found.is_some() {
            self.rule(
                Code::ParamValue,
                value.span(),
                format!("what the caller gives for `{}` takes the place of this value", need.name),
            );
        }
        let found =
            found.unwrap_or_else(|| self.implicit(Need { required: false, narrow: true, listed: false, ..need }));
        Some(Template::First(Box::new([found, own])))
    }

    /// Reads text as the type a JSON body slot declares (rule QUERY-COERCE): only what comes from a URL or header is text.
    pub(in crate::link) fn coerced(&mut self, template: Template, param: Option<&Param<'d>>) -> Template {
        if self.inputs.kind == Kind::Mcp {
            return template;
        }
        let draft = match &template {
            Template::Slot(slot, path) if path.is_empty() => {
                self.inputs.drafts.iter().find(|d| d.slot == *slot && !d.whole_body)
            }
            _ => None,
        };
        let Some(draft) = draft else { return template };
        let ty = draft
            .declared
            .as_ref()
            .and_then(|p| p.ty)
            .or_else(|| param.and_then(|p| p.ty))
            .or_else(|| draft.feeds.as_ref().and_then(|p| p.ty));
        let scalar = match ty.map(str::to_ascii_lowercase).as_deref() {
            Some("integer" | "int" | "long") => ScalarType::Integer,
            Some("number" | "float" | "double") => ScalarType::Number,
            Some("boolean" | "bool") => ScalarType::Boolean,
            _ => return template,
        };
        if draft.declared.is_none() {
            let (span, name) = (draft.span, draft.name.clone());
            self.rule(
                Code::QueryCoerce,
                span,
                format!("text given for `{name}` is sent as the type the body declares"),
            );
        }
        Template::Coerce(scalar, Box::new(template))
    }
}
