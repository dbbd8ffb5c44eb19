//! `with`: references to inputs, locations, variables and literals (rules I1-I3, I10, I11).

use capstan_plan::Template;

use super::{
    super::{
        callee::Callee,
        caller::Kind,
        given::With,
        inputs::InputId,
        names::{LOCATIONS, Location, norm},
        place::Where,
        problem::Problem,
    },
    caller::CallerScope,
};
use crate::{
    diagnostic::{Code, Sink},
    model::{Param, ValueDecl, ValueKind, WithDecl},
    source::{Span, Spanned},
    suggest::{Names, nearest, slip},
    template::{Style, absent, compile, has_template, is_path, list, object, steps},
};

/// What the entries of one `with` are read for.
#[derive(Clone, Copy)]
pub(in crate::link) struct Target<'c, 's, 'd> {
    /// The operation called; none for a flow or a script, where every key may be a whole body.
    pub(in crate::link) callee: Option<&'c Callee<'s, 'd>>,
    /// Values are `{x}` references (`calls[].parameters`).
    pub(in crate::link) braces: bool,
    /// The value stands inside a structured one, whose texts are mostly data.
    pub(in crate::link) nested: bool,
}

impl Target<'_, '_, '_> {
    /// A flow, or a script.
    pub(in crate::link) const ANYTHING: Self = Self { callee: None, braces: false, nested: false };

    /// Rule I11: whether `key` feeds a whole-body slot.
    fn takes_whole_body(&self, key: &str) -> bool {
        let Some(callee) = self.callee else { return true };
        if let Some(param) = callee.whole_body() {
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
}

impl<'d> CallerScope<'_, 'd> {
    /// Compiles the entries of `with`; each sees those before it.
    pub(in crate::link) fn bind(
        mut self,
        entries: &[WithDecl<'d>],
        target: Target<'_, '_, '_>,
        sink: &mut Sink,
    ) -> Vec<With<'d>> {
        self.0.with.clear();
        for (key, value) in entries {
            let template = self.value(*key, *value, target, sink);
            let input = template.as_ref().and_then(|template| self.0.derived.inputs.behind(template));
            self.0.with.push(With { key: *key, template, input, used: false, place: None });
        }
        self.0.with
    }

    /// Rule I10: `mapping` on a declared input says which callee parameter it feeds, and where it is.
    pub(in crate::link) fn map_inputs(mut self) -> Vec<With<'d>> {
        let inputs = &self.0.derived.inputs;
        let declared: Vec<Param<'d>> = inputs.drafts.iter().filter_map(|draft| draft.declared.clone()).collect();
        for param in declared {
            let Some(mapping) = param.mapping else { continue };
            let Some(id) = self.0.derived.inputs.exact(param.name.value) else { continue };
            let (place, target) = mapped(mapping.value);
            if target.is_empty() || target == "$" || self.0.has_with(target) {
                continue;
            }
            let message = format!("input `{}` feeds the callee's `{target}`", param.name.value);
            self.0.rule(Code::InputMapping, mapping.span, message);
            self.0.derived.mention(id);
            let template = Some(self.0.derived.inputs.template(id));
            let key = Spanned::new(target, mapping.span);
            self.0.with.push(With { key, template, input: Some(id), used: false, place });
        }
        self.0.with
    }

    fn value(
        &mut self,
        key: Spanned<&str>,
        value: ValueDecl<'_>,
        target: Target<'_, '_, '_>,
        sink: &mut Sink,
    ) -> Option<Template> {
        let inner = Target { nested: true, ..target };
        let nested = match value.kind() {
            ValueKind::Plain if value.is_null() => {
                self.0.rule(Code::WithNull, value.span(), format!("`{}: null` is as if it were not there", key.value));
                return None;
            }
            ValueKind::Plain => return Some(Template::literal(value.to_json())),
            ValueKind::Text(text) => return Some(self.text(key, Spanned::new(text, value.span()), target, sink)),
            ValueKind::List(items) => {
                let items = items.into_iter().map(|item| self.value(key, item, inner, sink).unwrap_or_else(absent));
                list(items.collect())
            }
            ValueKind::Object(members) => {
                let members = members.into_iter().map(|(name, member)| {
                    (name.value.into(), self.value(key, member, inner, sink).unwrap_or_else(absent))
                });
                object(members.collect())
            }
        };
        if matches!(nested, Template::Literal(_)) {
            return Some(nested);
        }
        self.0.rule(Code::WithNested, value.span(), "references inside a structured value are resolved");
        Some(nested)
    }

    /// Rules I1, I2, I3, I11.
    fn text(
        &mut self,
        key: Spanned<&str>,
        text: Spanned<&str>,
        target: Target<'_, '_, '_>,
        sink: &mut Sink,
    ) -> Template {
        let Spanned { value: written, span } = text;
        if let Some((root, rest)) = self.0.around.caller.root(written) {
            return self.rooted(key, root, text.rest(written.len() - rest.len()), target);
        }
        let braced = || written.strip_prefix('{')?.strip_suffix('}').filter(|name| is_path(name));
        if let Some(name) = braced().filter(|_| target.braces) {
            let id = self.input(name, span);
            self.0.derived.mention(id);
            return self.0.derived.inputs.template(id);
        }
        let variable = written
            .strip_prefix("${")
            .and_then(|t| t.strip_suffix('}'))
            .or_else(|| written.strip_prefix("env.").map(|_| written));
        if let Some(name) = variable.filter(|n| is_path(n)) {
            self.0.rule(Code::WithEnv, span, format!("`{written}` is read as a variable"));
            let name = text.word(name).unwrap_or(Spanned::new(name, span));
            return self.0.variable(name.value, name.span);
        }
        if !target.nested && (written.starts_with("$.") || written.starts_with("$[")) {
            return self.json_path(text).unwrap_or_else(absent);
        }
        if let Some(template) = self.bare(key, text, target) {
            return template;
        }
        if has_template(written) {
            return compile(written, span, Style::Value, self, sink);
        }
        self.dotted(key, text, target).unwrap_or_else(|| Template::text(written))
    }

    /// A dotted text without braces: what begins with a step, a bound value or an input means that; what only looks like a reference
    /// is said to be none. Any other text is a literal.
    fn dotted(&mut self, key: Spanned<&str>, text: Spanned<&str>, target: Target<'_, '_, '_>) -> Option<Template> {
        let Spanned { value: written, span } = text;
        let (head, rest) = written.split_once('.').filter(|_| is_dotted_name(written))?;
        if let Some(template) = self.0.output(text) {
            self.0.rule(Code::WithRoot, span, format!("`{written}` is read as the output of step `{head}`"));
            return Some(template);
        }
        if target.nested {
            return None;
        }
        if let Some(slot) = self.slot(head) {
            self.0.rule(Code::WithRoot, span, format!("`{written}` is read as a part of the input `{head}`"));
            return Some(Template::Slot(slot, steps(rest)));
        }
        let values = &self.0;
        let root = values.around.caller.name();
        let is_namespace = values.variables.namespaces.iter().any(|namespace| **namespace == *head);
        let names = values.around.names().chain(values.inputs()).chain([root, "env"]);
        let known = rest == key.value || values.inputs().any(|name| name == rest);
        let meant = values.root_near(head);
        let message = format!("`{head}` is no step, and not who calls here");
        let slip = |near: &str| Problem::slip(text, message.clone(), &format!("{near}.{rest}"));
        let problem = match nearest(head, names) {
            _ if known && let Some(word) = nearest(head, values.around.caller.words()) => slip(word),
            _ if is_namespace || known => slip(root),
            Some(near) => slip(near),
            None if let Some(word) = &meant => slip(word),
            None => {
                let message = format!("`{written}` is sent as it is: nothing here is called `{head}`");
                let help = format!("an input is `{root}.{rest}`; write `{{{{\"{written}\"}}}}` if the text is meant");
                Problem::unknown(span, message, help).doubtful()
            }
        };
        self.0.derived.problem(problem);
        None
    }

    /// `root.x`: a value the flow was bound with, a step's output, or an input.
    fn rooted(&mut self, key: Spanned<&str>, root: &str, rest: Spanned<&str>, target: Target<'_, '_, '_>) -> Template {
        let other = match self.0.around.caller.kind {
            Kind::Rest => matches!(root, "tools" | "tool" | "mcp"),
            Kind::Mcp => root == "rest",
        };
        if other {
            let message = format!("`{root}.` is read as the caller, whichever adapter it is");
            self.0.rule(Code::WithRoot, rest.span, message);
        }
        if let Some(slot) = self.0.around.bound(rest.value) {
            return Template::slot(slot);
        }
        let known = self.0.derived.inputs.exact(rest.value).is_some();
        if !known && let Some(template) = self.0.output(rest) {
            return template;
        }
        let id = self.reference(key.value, rest, target);
        self.0.derived.inputs.template(id)
    }

    /// Inside a flow, a bare name that is one of its values means that value.
    fn bare(&mut self, key: Spanned<&str>, text: Spanned<&str>, target: Target<'_, '_, '_>) -> Option<Template> {
        if !self.0.around.caller.in_flow {
            return None;
        }
        let bound = self.0.around.bound(text.value);
        let input = self.0.derived.inputs.exact(text.value).is_some();
        if bound.is_none() && !input {
            return None;
        }
        let message = format!("`{}` is read as the flow's input of that name", text.value);
        self.0.rule(Code::WithRoot, text.span, message);
        Some(match bound {
            Some(slot) => Template::slot(slot),
            None => {
                let id = self.reference(key.value, text, target);
                self.0.derived.inputs.template(id)
            }
        })
    }

    /// The input a `root.rest` means.
    fn reference(&mut self, key: &str, rest: Spanned<&str>, target: Target<'_, '_, '_>) -> InputId {
        let known = rest.value == key || self.0.derived.inputs.exact(rest.value).is_some();
        let said = !known && self.slip_of_known(key, rest, target);
        let located = if known { None } else { self.located(rest) };
        let id =
            located.or_else(|| self.whole_body(key, rest, target)).unwrap_or_else(|| self.input(rest.value, rest.span));
        self.0.derived.mention(id);
        self.0.derived.inputs.change(id, |draft| {
            draft.via_with = true;
            // It is said once what is wrong with it.
            draft.implied |= said;
        });
        id
    }

    /// A reference that is nearly the name of a declared input, or of the parameter it fills, is a slip. What it fills may be called
    /// otherwise on purpose, so a short name is only doubted.
    fn slip_of_known(&mut self, key: &str, rest: Spanned<&str>, target: Target<'_, '_, '_>) -> bool {
        let placeholders = self.0.derived.inputs.drafts.iter().filter_map(|draft| draft.placeholder.as_deref());
        if slip(rest.value, placeholders, Names::Unused).is_some_and(|near| near != key) {
            // Whether it has a use of its own is seen when all is linked.
            return false;
        }
        let drafts = self.0.derived.inputs.drafts.iter();
        let declared = drafts.filter(|draft| draft.declared.is_some()).map(|draft| draft.name.as_str());
        let message = format!("no input is called `{}`", rest.value);
        let whole = target.callee.is_some() && target.takes_whole_body(key);
        let helped = |near: &str, help: &str| {
            Problem::slip(rest, message.clone(), near).helped(format!("did you mean `{near}`, {help}?"))
        };
        let located = rest.value.split_once('.').filter(|(word, _)| LOCATIONS.iter().any(|(known, _)| known == word));
        let problem = if let Some(near) = slip(rest.value, declared, Names::Unused) {
            Problem::slip(rest, message.clone(), near)
        } else if let Some(near) = slip(rest.value, ["body"], Names::Unused).filter(|_| whole) {
            helped(near, "the whole body of the request")
        } else if let Some((word, near)) =
            located.and_then(|(word, name)| Some((word, slip(name, [key], Names::Unused)?)))
        {
            helped(&format!("{word}.{near}"), "as what it fills is called")
        } else if let Some(near) = slip(rest.value, [key], Names::Unused) {
            let problem = helped(near, "as what it fills is called");
            let sure = near.len() > 3 || slip(rest.value, [key], Names::Used).is_some();
            if sure { problem } else { problem.doubtful() }
        } else {
            return false;
        };
        // The placeholder that was meant has its use.
        if slip(rest.value, [key], Names::Unused).is_some()
            && let Some(id) = self.0.derived.inputs.placeholder(key)
        {
            self.0.derived.mention(id);
        }
        self.0.derived.problem(problem);
        true
    }

    /// Rule I2: `location.x`.
    fn located(&mut self, rest: Spanned<&str>) -> Option<InputId> {
        let (word, name) = rest.value.split_once('.')?;
        let (_, location) = LOCATIONS.iter().find(|(w, _)| *w == word)?;
        self.0.rule(Code::WithLoc, rest.span, format!("`{name}` is taken from the {word} of the request only"));
        // The path of the request holds the exposed placeholders, and nothing else.
        if *location == Location::Path
            && let Some(id) = self.0.derived.inputs.placeholder(name)
        {
            return Some(id);
        }
        Some(self.0.derived.inputs.restricted(name, *location, rest.span))
    }

    /// Rule I11: `body`, where it feeds a whole-body slot.
    fn whole_body(&mut self, key: &str, rest: Spanned<&str>, target: Target<'_, '_, '_>) -> Option<InputId> {
        if rest.value != "body" {
            return None;
        }
        if !target.takes_whole_body(key) {
            let message = "`body` is the input of that name here, not the whole body";
            self.0.rule(Code::BodyField, rest.span, message);
            return None;
        }
        let id = self.0.derived.inputs.body(rest.span);
        if target.callee.is_some_and(|c| c.whole_body.is_none()) {
            self.0.rule(Code::BodyRoot, rest.span, "`body` is the whole request body here");
        }
        Some(id)
    }

    /// The input called `name`: exact, else the placeholder or declared input it normalises to (EPH-NORM), else a new one.
    fn input(&mut self, name: &str, span: Span) -> InputId {
        let inputs = &self.0.derived.inputs;
        if let Some(id) = inputs.exact(name) {
            return id;
        }
        if let Some(id) = inputs.placeholder(name).filter(|_| self.0.around.caller.kind == Kind::Rest) {
            let message = format!("`{name}` is the placeholder of the exposed path that spells it differently");
            let right = inputs.get(id).and_then(|draft| draft.placeholder.clone()).unwrap_or_default();
            self.0.derived.respelled((Code::EphNorm, span, message), name, &right);
            return id;
        }
        if let Some(id) = inputs.normed(name).filter(|id| inputs.get(*id).is_some_and(|d| d.declared.is_some())) {
            let right = inputs.get(id).map(|draft| draft.name.clone()).unwrap_or_default();
            let message = format!("`{name}` is the declared input that spells it differently");
            self.0.derived.respelled((Code::NameNorm, span, message), name, &right);
            return id;
        }
        self.0.derived.inputs.add(name, span)
    }
}

/// Whether a text is names with dots between them, as a reference is.
fn is_dotted_name(text: &str) -> bool {
    let name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    text.split('.').all(name)
}

/// The place and the callee parameter a `mapping` on an input names.
fn mapped(mapping: &str) -> (Option<Where>, &str) {
    let text = mapping.trim().trim_start_matches("$.").trim_start_matches('.');
    let (head, rest) = text.split_once('.').unwrap_or(("", text));
    let place = match head {
        "path" | "pathParameters" => Some(Where::Path),
        "query" | "queryParameters" => Some(Where::Query),
        "header" | "headers" => Some(Where::Header),
        "body" => Some(Where::Body),
        _ => None,
    };
    let whole = place.is_some() || head.is_empty();
    (place, if whole { rest } else { rest.rsplit('.').next().unwrap_or(rest) })
}
