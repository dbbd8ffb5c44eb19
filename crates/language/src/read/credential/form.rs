//! One `authentication` while it is read: its keys, the rules it took, and where complaints go.

use crate::{
    diagnostic::{Code, Sink},
    fields::Fields,
    model::{Rule, SecretDecl},
    source::{Span, Spanned},
};

/// One `authentication` being read.
pub(super) struct Form<'r, 'd> {
    pub(super) fields: &'r Fields<'d>,
    pub(super) rules: Vec<Rule>,
    pub(super) sink: &'r mut Sink,
}

impl<'r, 'd> Form<'r, 'd> {
    pub(super) fn new(fields: &'r Fields<'d>, sink: &'r mut Sink) -> Self {
        Self { fields, rules: Vec::new(), sink }
    }

    pub(super) fn rule(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.rules.push((code, span, message.into()));
    }

    pub(super) fn signs(&mut self, written: Spanned<&str>, name: &str) {
        self.rule(Code::AuthSign, written.span, format!("requests are signed with `{name}`"));
    }

    /// Whether a key has a value.
    pub(super) fn has(&self, key: &str) -> bool {
        self.fields.node(key).is_some()
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<Spanned<&'d str>> {
        self.fields.text(key, self.sink)
    }

    pub(super) fn optional(&mut self, key: &'static str) -> Option<SecretDecl<'d>> {
        self.text(key).map(SecretDecl::Text)
    }

    /// A secret that is forgotten: published files never leave it out in this form. It is read from its conventional variable.
    pub(super) fn conventional(&mut self, key: &'static str, suffix: &'static str) -> SecretDecl<'d> {
        self.fields.missing(key, self.sink);
        SecretDecl::Conventional { suffix, told: true }
    }

    /// A secret that must be there; present and empty, it is the empty text.
    pub(super) fn required(&mut self, key: &'static str) -> SecretDecl<'d> {
        if !self.fields.has(key) {
            self.fields.missing(key, self.sink);
            return SecretDecl::Missing;
        }
        if !self.has(key) {
            return SecretDecl::Text(Spanned::new("", self.fields.key_span(key)));
        }
        self.optional(key).unwrap_or(SecretDecl::Missing)
    }
}
