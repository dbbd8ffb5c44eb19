//! The names a credential or authenticator may use: bindings only, never a caller's values.

use capstan_plan::Template;

use super::{binding::Bindings, origins::Origins, rule::Rule};
use crate::{
    diagnostic::{Defect, Sink},
    source::{Span, Spanned},
    template::{Names, Style, absent, compile},
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

impl Names for SecretNames<'_, '_> {
    fn name(&mut self, path: &str, span: Span) -> Template {
        match self.free(path, span) {
            Some(template) => template,
            None => {
                self.unknown.get_or_insert((path.to_owned(), span));
                absent()
            }
        }
    }

    fn free(&mut self, name: &str, span: Span) -> Option<Template> {
        let (template, rule) = self.bindings.variable(name, span, self.origins)?;
        self.rules.extend(rule);
        Some(template)
    }

    fn broken(&mut self, defect: Defect) {
        self.defect.get_or_insert(defect);
    }
}
