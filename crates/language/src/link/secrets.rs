//! The names a credential or authenticator may use: bindings only, never a caller's values.

use capstan_plan::Template;

use super::{binding::Bindings, origins::Origins, problem::Problem, rule::Rule};
use crate::{
    diagnostic::{Code, Defect, Sink},
    source::{Span, Spanned},
    suggest::nearest,
    template::{FreeName, Names, Style, absent, compile},
};

/// The names visible to secrets. A name that is no binding makes what needs it uncomputable (AUTH-DYNAMIC).
pub(super) struct SecretNames<'b, 'o> {
    pub(super) bindings: &'b mut Bindings,
    pub(super) origins: &'b Origins<'o>,
    /// The first name that is no binding.
    pub(super) unknown: Option<(String, Span)>,
    /// The first text that does not compile.
    pub(super) defect: Option<Defect>,
    pub(super) rules: Vec<Rule>,
}

impl<'b, 'o> SecretNames<'b, 'o> {
    pub(super) fn new(bindings: &'b mut Bindings, origins: &'b Origins<'o>) -> Self {
        Self { bindings, origins, unknown: None, defect: None, rules: Vec::new() }
    }

    /// The template of a text; of none, the one that never has a value.
    pub(super) fn template(&mut self, text: Option<Spanned<&str>>, sink: &mut Sink) -> Template {
        match text {
            Some(text) => compile(text.value, text.span, Style::Strict, self, sink),
            None => absent(),
        }
    }
}

impl SecretNames<'_, '_> {
    fn variable(&mut self, name: &str, span: Span) -> Option<Template> {
        let (template, rule) = self.bindings.variable(name, span, self.origins)?;
        self.rules.extend(rule);
        Some(template)
    }

    /// Says that what needs a name cannot be computed, because no bind declares it.
    pub(super) fn undeclared(&self, what: &str, (name, span): (&str, Span), help: &str, sink: &mut Sink) -> String {
        let message = format!("{what} needs `{name}`, which no bind declares");
        match self.bindings.near(name).or_else(|| nearest(name, self.bindings.names()).map(str::to_owned)) {
            Some(near) => {
                Problem::slip(Spanned::new(name, span), message.clone(), &near).coded(Code::AuthDynamic).report(sink);
            }
            None => drop(sink.error(Code::AuthDynamic, span, message.clone()).help(help)),
        }
        message
    }
}

impl Names for SecretNames<'_, '_> {
    fn name(&mut self, path: &str, span: Span) -> Template {
        match self.variable(path, span) {
            Some(template) => template,
            None => {
                self.unknown.get_or_insert((path.to_owned(), span));
                absent()
            }
        }
    }

    fn free(&mut self, free: &FreeName<'_>) -> Option<Template> {
        let members = free.members();
        if members.is_empty() || !(free.name == "env" || self.bindings.is_namespace(free.name)) {
            return self.variable(free.name, free.expression.span);
        }
        let members = members.into_iter().map(|(member, path)| (member.into(), self.name(&path.value, path.span)));
        Some(Template::Object(members.collect()))
    }

    fn broken(&mut self, defect: Defect) {
        self.defect.get_or_insert(defect);
    }
}
