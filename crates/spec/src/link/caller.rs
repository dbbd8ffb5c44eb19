//! How a unit's values reach its callee: `with`, inputs by name, and what the callee implies (rules I1-I8, I10, I11, U5).
//! One `Caller` lives for one unit; an orchestration links several calls with it.

use capstan_plan::{ScalarType, SlotId, Template};

use super::{
    Context, Rule,
    callee::{BodyDecl, Callee, Where},
    inputs::{Inputs, Kind},
    names::{KIND_ROOTS, LOCATIONS, norm, only_norm},
    outputs::tree,
};
use crate::{
    diagnostic::{Code, Sink},
    document::{Kind as NodeKind, Node},
    fields::nearest,
    model::Param,
    openapi::TypedOperation,
    source::{Span, Spanned},
    template::{Names, Style, absent, compile, has_template, is_path, steps},
};

/// One `with` entry, compiled.
#[derive(Debug)]
pub(super) struct With<'d> {
    pub(super) key: Spanned<&'d str>,
    /// `None` for null: as if absent (WITH-NULL).
    pub(super) template: Option<Template>,
    /// The one input it is, when it is exactly one.
    pub(super) input: Option<usize>,
    pub(super) used: bool,
    /// Where it goes when the callee does not ask for it (rule I10).
    pub(super) place: Option<Where>,
}

/// A named step whose output later templates may use.
#[derive(Clone, Debug)]
pub(super) struct StepName {
    pub(super) name: String,
    pub(super) slot: SlotId,
}

/// The state of one unit being linked.
pub(super) struct Caller<'c, 's, 'd> {
    pub(super) context: &'c mut Context<'s, 'd>,
    pub(super) inputs: Inputs<'d>,
    /// Words that stand for the caller: the kind words and the adapter's (or aggregate's) namespace.
    pub(super) roots: Vec<String>,
    pub(super) with: Vec<With<'d>>,
    /// Bound values of an aggregate's caller, by name.
    pub(super) bound: Vec<(String, SlotId)>,
    pub(super) steps: Vec<StepName>,
    /// Names a callee reads from the environment (`in: environment`).
    pub(super) environment: Vec<(String, capstan_plan::BindingId)>,
    /// The slot that holds the whole request, for mocks.
    pub(super) request: Option<SlotId>,
    pub(super) rules: Vec<Rule>,
    /// Names that were implied, with what the author wrote in scope: a possible typo.
    pub(super) in_callee: bool,
    pub(super) exposed_postish: bool,
}

impl<'c, 's, 'd> Caller<'c, 's, 'd> {
    pub(super) fn new(context: &'c mut Context<'s, 'd>, kind: Kind, namespace: &str) -> Self {
        let mut roots: Vec<String> = vec![namespace.to_owned()];
        roots.extend(KIND_ROOTS.iter().map(|r| (*r).to_owned()));
        Self {
            context,
            inputs: Inputs::new(kind),
            roots,
            with: Vec::new(),
            bound: Vec::new(),
            steps: Vec::new(),
            environment: Vec::new(),
            request: None,
            rules: Vec::new(),
            in_callee: false,
            exposed_postish: false,
        }
    }

    pub(super) fn rule(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.rules.push((code, span, message.into()));
    }

    /// Enters exposed placeholders.
    pub(super) fn placeholders(&mut self, names: &[&str], span: Span) {
        for name in names {
            let draft = self.inputs.add(name, span);
            draft.placeholder = Some((*name).to_owned());
            draft.required = true;
        }
    }

    /// Enters declared inputs; one named like a placeholder is that placeholder.
    pub(super) fn declare(&mut self, params: &[Param<'d>]) {
        for param in params.iter().filter(|p| !p.name.value.is_empty()) {
            let name = param.name.value;
            let placeholder = |inputs: &Inputs<'_>| {
                only_norm(
                    name,
                    inputs.drafts.iter().enumerate().filter_map(|(i, d)| Some((i, d.placeholder.as_deref()?))),
                )
            };
            let at = self.inputs.exact(name).or_else(|| {
                let path = param.place.is_some_and(|p| p.value.eq_ignore_ascii_case("path"));
                path.then(|| placeholder(&self.inputs)).flatten()
            });
            match at.and_then(|at| self.inputs.get_mut(at)) {
                Some(draft) if draft.declared.is_none() => {
                    draft.declared = Some(param.clone());
                    draft.name = name.to_owned();
                }
                Some(_) => {}
                None => self.inputs.add(name, param.name.span).declared = Some(param.clone()),
            }
        }
    }

    /// Compiles `with` against the callee (none for a flow reference or script: every key may be a whole body there).
    pub(super) fn bind_with(
        &mut self,
        entries: &[(Spanned<&'d str>, &'d Node)],
        callee: Option<&Callee<'s, 'd>>,
        braces: bool,
        sink: &mut Sink,
    ) {
        self.with.clear();
        for (key, node) in entries {
            let template = self.with_value(*key, node, callee, braces, sink);
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
    pub(super) fn input_mappings(&mut self, params: &[Param<'d>]) {
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

    fn with_value(
        &mut self,
        key: Spanned<&str>,
        node: &Node,
        callee: Option<&Callee<'s, 'd>>,
        braces: bool,
        sink: &mut Sink,
    ) -> Option<Template> {
        match &node.kind {
            NodeKind::Null => {
                self.rule(Code::WithNull, node.span, format!("`{}: null` is as if it were not there", key.value));
                None
            }
            NodeKind::String(text) => Some(self.with_text(key, text, node.span, callee, braces, sink)),
            NodeKind::Bool(_) | NodeKind::Number(_) => Some(Template::Literal(node.to_json())),
            NodeKind::Seq(items) => {
                let items: Box<[Template]> = items
                    .iter()
                    .map(|i| self.with_value(key, i, callee, braces, sink).unwrap_or_else(absent))
                    .collect();
                if items.iter().all(Template::is_constant) {
                    return Some(Template::Literal(node.to_json()));
                }
                self.rule(Code::WithNested, node.span, "references inside a structured value are resolved");
                Some(Template::List(items))
            }
            NodeKind::Map(entries) => {
                let members: Box<[(Box<str>, Template)]> = entries
                    .iter()
                    .map(|e| {
                        (
                            e.key.value.clone(),
                            self.with_value(key, &e.value, callee, braces, sink).unwrap_or_else(absent),
                        )
                    })
                    .collect();
                if members.iter().all(|(_, t)| t.is_constant()) {
                    return Some(Template::Literal(node.to_json()));
                }
                self.rule(Code::WithNested, node.span, "references inside a structured value are resolved");
                Some(Template::Object(members))
            }
        }
    }

    /// Rules I1, I2, I3, I11.
    fn with_text(
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
        if has_template(text) {
            self.in_callee = false;
            return compile(text, span, Style::Value, self, sink);
        }
        Template::text(text)
    }

    /// Splits a reference at the longest root.
    fn root<'t>(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        self.roots
            .iter()
            .filter_map(|root| Some((text.get(..root.len())?, text.strip_prefix(root.as_str())?.strip_prefix('.')?)))
            .filter(|(_, rest)| !rest.is_empty() && !rest.contains(char::is_whitespace))
            .max_by_key(|(root, _)| root.len())
    }

    /// The input a `root.rest` means.
    fn reference(&mut self, key: &str, rest: &str, span: Span, callee: Option<&Callee<'s, 'd>>) -> usize {
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
    fn input(&mut self, name: &str, span: Span) -> usize {
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

    /// The binding of a name that can only be a variable.
    pub(super) fn variable(&mut self, name: &str, span: Span) -> Template {
        match self.context.bindings.variable(name, span, &self.context.origins) {
            Some((template, rule)) => {
                self.rules.extend(rule);
                template
            }
            None => Template::Binding(self.context.bindings.undeclared(name, span, &self.context.origins)),
        }
    }

    pub(super) fn slot(&self, at: usize) -> Template {
        self.inputs.drafts.get(at).map_or_else(absent, |d| Template::slot(d.slot))
    }

    /// What fills a need of the callee, if anything named so far does (rule I6 without the parameter's own `value`).
    pub(super) fn lookup(&mut self, need: Need<'_, 'd>) -> Option<Template> {
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
    pub(super) fn feed(&mut self, at: usize, need: Need<'_, 'd>) {
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
    pub(super) fn implicit(&mut self, need: Need<'_, 'd>) -> Template {
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
    pub(super) fn parameter(&mut self, need: Need<'_, 'd>, sink: &mut Sink) -> Option<Template> {
        let value = need.param.and_then(|p| p.value);
        if let Some(node) = value
            && constant(node)
        {
            return Some(Template::Literal(node.to_json()));
        }
        let found = self.lookup(need);
        let Some(node) = value else { return found };
        self.rule(Code::ParamValue, node.span, format!("`{}` has a template of its own as its value", need.name));
        self.in_callee = true;
        let own = match node.as_str() {
            Some(text) => compile(text, node.span, Style::Strict, self, sink),
            None => tree(node, self, sink),
        };
        Some(match found {
            Some(found) => Template::First(Box::new([found, own])),
            None => own,
        })
    }

    /// Reads text as the type a JSON body slot declares (rule QUERY-COERCE): only what comes from a URL or header is text.
    pub(super) fn coerced(&mut self, template: Template, param: Option<&Param<'d>>) -> Template {
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
        Template::Coerce(scalar, Box::new(template))
    }

    /// The suggestion for a name nothing in scope spells.
    fn suggestion(&self, name: &str) -> Option<String> {
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
    fn step(&self, path: &str) -> Option<Template> {
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

/// One thing a callee needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need<'n, 'd> {
    pub(super) name: &'n str,
    pub(super) place: Where,
    pub(super) param: Option<&'n Param<'d>>,
    pub(super) required: bool,
    pub(super) span: Span,
    /// An OpenAPI schema for it.
    pub(super) schema: Option<&'n serde_json::Value>,
    /// Shown to clients when it is implied.
    pub(super) listed: bool,
    /// Implied only, optional: looked for in the obvious place.
    pub(super) narrow: bool,
}

impl<'n, 'd> Need<'n, 'd> {
    pub(super) fn new(name: &'n str, place: Where, span: Span) -> Self {
        Self { name, place, param: None, required: true, span, schema: None, listed: true, narrow: false }
    }

    pub(super) fn typed(mut self, typed: Option<&'n TypedOperation>) -> Self {
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
pub(super) fn constant(node: &Node) -> bool {
    match &node.kind {
        NodeKind::String(text) => !has_template(text),
        NodeKind::Seq(items) => items.iter().all(constant),
        NodeKind::Map(entries) => entries.iter().all(|e| constant(&e.value)),
        _ => true,
    }
}

/// Rule I11: whether `key` feeds a whole-body slot of the callee.
fn whole_body_target(key: &str, callee: Option<&Callee<'_, '_>>) -> bool {
    let Some(callee) = callee else { return true };
    if let Some((param, _)) = callee.whole_body.and_then(|at| callee.params.get(at)) {
        return param.name.value == key || norm(param.name.value) == norm(key);
    }
    match callee.body {
        BodyDecl::Template(_, node) => node
            .as_str()
            .and_then(|text| text.trim().strip_prefix("{{")?.strip_suffix("}}"))
            .is_some_and(|name| name.trim().rsplit('.').next() == Some(key)),
        BodyDecl::None => callee.undeclared_body() && !callee.getish(),
    }
}

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
        if super::binding::is_variable(name) {
            return Some(self.name(name, span, sink));
        }
        if FUNCTIONS.contains(&name) {
            return None;
        }
        Some(self.value_of(name, span))
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
}
