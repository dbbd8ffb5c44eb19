//! A whole document as its author means it: its parts, its imports, its settings.

use super::{Aggregate, Consume, Expose};
use crate::source::{Span, Spanned};

/// A document as its author means it, before any name is resolved.
#[derive(Debug, Default)]
pub(crate) struct Spec<'d> {
    pub(crate) label: Option<&'d str>,
    pub(crate) description: Option<&'d str>,
    pub(crate) version: Option<&'d str>,
    pub(crate) tags: Vec<&'d str>,
    pub(crate) dialect: Option<(&'static str, &'d str)>,
    pub(crate) binds: Vec<Bind<'d>>,
    pub(crate) consumes: Vec<Consume<'d>>,
    pub(crate) exposes: Vec<Expose<'d>>,
    pub(crate) aggregates: Vec<Aggregate<'d>>,
    pub(crate) imports: Vec<Import<'d>>,
    pub(crate) sandbox: Option<SandboxDecl<'d>>,
    pub(crate) scripting: Scripting<'d>,
    pub(crate) hold_breaking: Option<bool>,
    pub(crate) truncated: bool,
    /// Exposures are served at an address that is given elsewhere: none needs a port.
    pub(crate) addressed: bool,
}

/// An entry of `binds`.
#[derive(Debug)]
pub(crate) struct Bind<'d> {
    pub(crate) namespace: Option<Spanned<&'d str>>,
    pub(crate) location: Option<Spanned<&'d str>>,
    pub(crate) keys: Vec<(Spanned<&'d str>, Spanned<&'d str>)>,
}

/// A wish for parts of another document.
#[derive(Clone, Debug)]
pub(crate) struct Import<'d> {
    pub(crate) section: Section,
    pub(crate) location: Spanned<&'d str>,
    pub(crate) namespace: Option<Spanned<&'d str>>,
    pub(crate) alias: Option<Spanned<&'d str>>,
}

/// Which part of a document an import concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Consumes,
    Exposes,
    Aggregates,
    Binds,
}

/// `sandbox`.
#[derive(Debug)]
pub(crate) struct SandboxDecl<'d> {
    pub(crate) origins: Vec<Spanned<&'d str>>,
    pub(crate) values: Vec<(&'d str, String)>,
}

/// `management.scripting`.
#[derive(Debug, Default)]
pub(crate) struct Scripting<'d> {
    pub(crate) disabled: Option<Span>,
    pub(crate) location: Option<Spanned<&'d str>>,
    pub(crate) language: Option<Spanned<&'d str>>,
    pub(crate) allowed: Vec<Spanned<&'d str>>,
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) statements: Option<u64>,
}
