//! Exposures: what is common to the adapters, and REST resources.

use capstan_plan::SiblingKind;

use super::{AuthenticatorDecl, McpDecl, Param, SkillDecl, UnitDecl};
use crate::source::{Span, Spanned};

/// An adapter.
#[derive(Debug)]
pub(crate) struct Expose<'d> {
    pub(crate) kind: ExposeKind<'d>,
    pub(crate) namespace: Option<Spanned<&'d str>>,
    pub(crate) port: PortDecl,
    pub(crate) address: Option<Spanned<&'d str>>,
    pub(crate) description: Option<&'d str>,
    pub(crate) authenticator: Option<AuthenticatorDecl<'d>>,
    /// The most bytes a binary answer of its units may have.
    pub(crate) max_binary: Option<u64>,
    pub(crate) span: Span,
}

/// The TCP port of an adapter.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PortDecl {
    /// As it is declared.
    Declared(Spanned<u16>),
    /// There should be one, in the mapping that begins here.
    Missing(Span),
    /// It is no port, which was said.
    Wrong,
    /// Nobody has to write one: standard input and output, and adapters nobody wrote.
    Free,
}

impl PortDecl {
    /// The port that is declared.
    pub(crate) fn declared(self) -> Option<Spanned<u16>> {
        match self {
            Self::Declared(port) => Some(port),
            Self::Missing(_) | Self::Wrong | Self::Free => None,
        }
    }
}

/// The kinds of adapter.
#[derive(Debug)]
pub(crate) enum ExposeKind<'d> {
    Rest { params: Vec<Param<'d>>, resources: Vec<ExposedResource<'d>> },
    Mcp(McpDecl<'d>),
    Skill(Vec<SkillDecl<'d>>),
    Control { health: bool, info: bool, reload: bool, validate: bool, metrics: bool },
}

impl ExposeKind<'_> {
    /// What it is to the tools of a skill beside it; none when they cannot name its units.
    pub(crate) fn sibling(&self) -> Option<SiblingKind> {
        match self {
            Self::Rest { .. } => Some(SiblingKind::Rest),
            Self::Mcp(_) => Some(SiblingKind::Mcp),
            Self::Skill(_) | Self::Control { .. } => None,
        }
    }
}

/// An exposed resource.
#[derive(Debug)]
pub(crate) struct ExposedResource<'d> {
    pub(crate) path: Spanned<&'d str>,
    pub(crate) params: Vec<Param<'d>>,
    pub(crate) units: Vec<UnitDecl<'d>>,
    pub(crate) forward: Option<ForwardDecl<'d>>,
    /// Comes from `paths`.
    pub(crate) from_map: bool,
}

/// `forward`.
#[derive(Debug)]
pub(crate) struct ForwardDecl<'d> {
    pub(crate) target: Spanned<&'d str>,
    pub(crate) trusted: Vec<Spanned<&'d str>>,
    pub(crate) span: Span,
}
