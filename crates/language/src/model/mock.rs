//! Answers computed without an upstream (ours).

use http::HeaderName;

use super::ValueDecl;
use crate::source::Spanned;

/// A case of `mock`.
#[derive(Clone, Debug)]
pub(crate) struct MockCaseDecl<'d> {
    pub(crate) when: Condition<'d>,
    /// Values computed once, in order.
    pub(crate) bound: Vec<(&'d str, ValueDecl<'d>)>,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(HeaderName, ValueDecl<'d>)>,
    pub(crate) answer: MockAnswer<'d>,
    pub(crate) delay_ms: u64,
}

/// When a case holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Condition<'d> {
    Always,
    Never,
    /// When this minijinja expression is true.
    Expression(Spanned<&'d str>),
}

/// What a case answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum MockAnswer<'d> {
    Empty,
    Json(ValueDecl<'d>),
    Text {
        content: ValueDecl<'d>,
        content_type: Option<&'d str>,
    },
    /// A file beside the document.
    File {
        path: Spanned<&'d str>,
        content_type: Option<&'d str>,
    },
}
