//! `with`: references to inputs, locations, variables and literals (rules I1-I3, I10, I11).

use capstan_plan::Template;

use super::{
    super::{
        callee::{Callee, Where},
        inputs::Kind,
        names::{LOCATIONS, norm, only_norm},
    },
    Caller, With,
};
use crate::{
    diagnostic::{Code, Sink},
    model::{Param, ValueDecl, ValueKind, WithDecl},
    source::{Span, Spanned},
    template::{Style, absent, compile, has_template, is_path},
};

impl<'s, 'd> Caller<'_, 's, 'd> {
    /// Compiles `with` against the callee (none for a flow reference or script: every key may be a whole body there).
    pub(in crate::link) fn bind_with(
        &mut self,
        entries: &[WithDecl<'d>],
        callee: Option<&Callee<'s, 'd>>,
        braces: bool,
        sink: &mut Sink,
    ) {
        self.with.clear();
        for (key, value) in entries {
            let template = self.with_value(*key, *value, callee, braces, sink);
            let input = match &template {
                Some(Template::Slot(slot, path)) if path.is_empty() => {
                    self.inputs.drafts.iter().position(|d| d.slot == *slot)
                }
                _ => None,
            };
            self.with.push(With { key: *key, template, input, used: false, place: None });
        }
    }

    /// Rule I10: `mapping` on a declared input says which callee parameter it feeds, and where it is.
    pub(in crate::link) fn input_mappings(&mut self, params: &[Param<'d>]) {
        for param in params {
            let Some(mapping) = param.mapping else { continue };
            let Some(at) = self.inputs.exact(param.name.value) else { continue };
            let text: &'d str = mapping.value.trim().trim_start_matches("$.").trim_start_matches('.');
            let (head, rest) = text.split_once('.').unwrap_or(("", text));
            let place = match head {
                "path" | "pathParameters" => Some(Where::Path),
                "query" | "queryParameters" => Some(Where::Query),
                "header" | "headers" => Some(Where::Header),
                "body" => Some(Where::Body),
                _ => None,
            };
            let target =
                if place.is_some() || head.is_empty() { rest } else { rest.rsplit('.').next().unwrap_or(rest) };
            if target.is_empty() || target == "$" || self.with.iter().any(|w| w.key.value == target) {
                continue;
            }
            self.rule(
                Code::InputMapping,
                mapping.span,
                format!("input `{}` feeds the callee's `{target}`", param.name.value),
            );
            if let Some(draft) = self.inputs.get_mut(at) {
                draft.claimed = true;
            }
            let template = Some(self.slot(at));
            let key = Spanned::new(target, mapping.span);
            self.with.push(With { key, template, input: Some(at), used: false, place });
        }
    }

    pub(super) fn with_value(
        &mut self,
        key: Spanned<&str>,
        value: ValueDecl<'_>,
        callee: Option<&Callee<'s, 'd>>,
        braces: bool,
        sink: &mut Sink,
    ) -> Option<Template> {
        let template = match value.kind() {
            ValueKind::Plain if value.is_null() => {
                self.rule(Code::WithNull, value.span(), format!("`{}: null` is as if it were not there", key.value));
                return None;
            }
            ValueKind::Plain => return Some(Template::literal(value.to_json())),
            ValueKind::Text(text) => return Some(self.with_text(key, text, value.span(), callee, braces, sink)),
            ValueKind::List(items) => Template::List(
                items
                    .into_iter()
                    .map(|item| self.with_value(key, item, callee, braces, sink).unwrap_or_else(absent))
                    .collect(),
            ),
            ValueKind::Object(members) => Template::Object(
                members
                    .into_iter()
                    .map(|(name, member)| {
                        let member = self.with_value(key, member, callee, braces, sink);
                        (name.value.into(), member.unwrap_or_else(absent))
                    })
                    .collect(),
            ),
        };
        let constant = match &template {
            Template::List(items) => items.iter().all(Template::is_constant),
            Template::Object(members) => members.iter().all(|(_, member)| member.is_constant()),
            _ => false,
        };
        if constant {
            return Some(Template::literal(value.to_json()));
        }
        self.rule(Code::WithNested, value.span(), "references inside a structured value are resolved");
        Some(template)
    }

    /// Rules I1, I2, I3, I11.
    pub(super) fn with_text(
        &mut self,
        key: Spanned<&str>,
        text: &str,
        span: Span,
        callee: Option<&Callee<'s, 'd>>,
        braces: bool,
        sink: &mut Sink,
    ) -> Template {
        if let Some((root, rest)) = self.root(text) {
            let root = root.to_owned();
            let other = match self.inputs.kind {
                Kind::Rest => matches!(root.as_str(), "tools" | "tool" | "mcp"),
                Kind::Mcp => root == "rest",
            };
            if other {
                self.rule(Code::WithRoot, span, format!("`{root}.` is read as the caller, whichever adapter it is"));
            }
            if let Some((_, slot)) = self.bound.iter().find(|(name, _)| name == rest) {
                return Template::slot(*slot);
            }
            if let Some(template) = self.step(rest).filter(|_| self.inputs.exact(rest).is_none()) {
                return template;
            }
            let at = self.reference(key.value, rest, span, callee);
            return self.slot(at);
        }
        if braces && let Some(name) = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).filter(|n| is_path(n)) {
            let at = self.input(name, span);
            return self.slot(at);
        }
        let variable = text
            .strip_prefix("${")
            .and_then(|t| t.strip_suffix('}'))
            .or_else(|| text.strip_prefix("env.").map(|_| text));
        if let Some(name) = variable.filter(|n| is_path(n)) {
            self.rule(Code::WithEnv, span, format!("`{text}` is read as a variable"));
            return self.variable(name, span);
        }
        if self.in_flow {
            let bound = self.bound.iter().find(|(name, _)| name == text).map(|(_, slot)| *slot);
            if bound.is_some() || self.inputs.exact(text).is_some() {
                self.rule(Code::WithRoot, span, format!("`{text}` is read as the flow's input of that name"));
            }
            if let Some(slot) = bound {
                return Template::slot(slot);
            }
            if self.inputs.exact(text).is_some() {
                let at = self.reference(key.value, text, span, callee);
                return self.slot(at);
            }
        }
        if has_template(text) {
            self.in_callee = false;
            return compile(text, span, Style::Value, self, sink);
        }
        Template::text(text)
    }

    /// Splits a reference at the longest root.
    pub(super) fn root<'t>(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        self.roots
            .iter()
            .filter_map(|root| Some((text.get(..root.len())?, text.strip_prefix(root.as_str())?.strip_prefix('.')?)))
            .filter(|(_, rest)| !rest.is_empty() && !rest.contains(char::is_whitespace))
            .max_by_key(|(root, _)| root.len())
    }

    /// The input a `root.rest` means.
    pub(super) fn reference(&mut self, key: &str, rest: &str, span: Span, callee: Option<&Callee<'s, 'd>>) -> usize {
        let known = rest == key || self.inputs.exact(rest).is_some();
        if !known
            && let Some((word, name)) = rest.split_once('.')
            && let Some((_, location)) = LOCATIONS.iter().find(|(w, _)| *w == word)
        {
            self.rule(Code::WithLoc, span, format!("`{name}` is taken from the {word} of the request only"));
            let at = self.inputs.restricted(name, *location, span);
            if let Some(draft) = self.inputs.get_mut(at) {
                draft.via_with = true;
                draft.claimed = true;
            }
            return at;
        }
        if rest == "body" {
            if whole_body_target(key, callee) {
                let at = self.inputs.body(span);
                if let Some(draft) = self.inputs.get_mut(at) {
                    draft.via_with = true;
                    draft.claimed = true;
                }
                if callee.is_some_and(|c| c.whole_body.is_none()) {
                    self.rule(Code::BodyRoot, span, "`body` is the whole request body here");
                }
                return at;
            }
            self.rule(Code::BodyField, span, "`body` is the input of that name here, not the whole body");
        }
        let at = self.input(rest, span);
        if let Some(draft) = self.inputs.get_mut(at) {
            draft.via_with = true;
            draft.claimed = true;
        }
        at
    }

    /// The input called `name`: exact, else the placeholder or declared input it normalises to (EPH-NORM), else a new one.
    pub(super) fn input(&mut self, name: &str, span: Span) -> usize {
        if let Some(at) = self.inputs.exact(name) {
            return at;
        }
        let placeholder = only_norm(
            name,
            self.inputs.drafts.iter().enumerate().filter_map(|(i, d)| Some((i, d.placeholder.as_deref()?))),
        );
        if let Some(at) = placeholder.filter(|_| self.inputs.kind == Kind::Rest) {
            self.rule(
                Code::EphNorm,
                span,
                format!("`{name}` is the placeholder of the exposed path that spells it differently"),
            );
            return at;
        }
        let declared =
            self.inputs.normed(name).filter(|at| self.inputs.drafts.get(*at).is_some_and(|d| d.declared.is_some()));
        if let Some(at) = declared {
            self.rule(Code::NameNorm, span, format!("`{name}` is the declared input that spells it differently"));
            return at;
        }
        self.inputs.add(name, span);
        self.inputs.drafts.len() - 1
    }
}

/// Rule I11: whether `key` feeds a whole-body slot of the callee.
fn whole_body_target(key: &str, callee: Option<&Callee<'_, '_>>) -> bool {
    let Some(callee) = callee else { return true };
    if let Some((param, _)) = callee.whole_body.and_then(|at| callee.params.get(at)) {
        return param.name.value == key || norm(param.name.value) == norm(key);
    }
    match callee.body {
        Some(body) => body
            .text()
            .and_then(|text| text.trim().strip_prefix("{{")?.strip_suffix("}}"))
            .is_some_and(|name| name.trim().rsplit('.').next() == Some(key)),
        None => callee.undeclared_body() && !callee.getish(),
    }
}
