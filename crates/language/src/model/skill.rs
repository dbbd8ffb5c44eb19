//! Agent skills.

use crate::source::{Span, Spanned};

/// A skill.
#[derive(Debug)]
pub(crate) struct SkillDecl<'d> {
    pub(crate) name: Spanned<&'d str>,
    pub(crate) description: Option<&'d str>,
    pub(crate) matter: Vec<(&'static str, serde_json::Value)>,
    pub(crate) location: Option<Spanned<&'d str>>,
    pub(crate) tools: Vec<SkillToolDecl<'d>>,
    pub(crate) span: Span,
}

/// A skill's tool.
#[derive(Debug)]
pub(crate) struct SkillToolDecl<'d> {
    pub(crate) name: Spanned<&'d str>,
    pub(crate) description: Option<&'d str>,
    pub(crate) from: Option<(Spanned<&'d str>, Spanned<&'d str>)>,
    pub(crate) instruction: Option<Spanned<&'d str>>,
    pub(crate) call: Option<Spanned<&'d str>>,
}
