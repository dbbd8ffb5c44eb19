//! Authentication: what proves us to an API, and how callers prove themselves.

use crate::source::{Span, Spanned};

/// `authentication`, by field.
#[derive(Clone, Debug)]
pub(crate) struct Auth<'d> {
    pub(crate) kind: Option<Spanned<&'d str>>,
    pub(crate) fields: crate::fields::Fields<'d>,
    /// Where it is written as `auth`.
    pub(crate) short_key: Option<Span>,
}
