//! The declared body of a consumed operation (rule U7): its wire encoding and what is encoded.

use super::ValueDecl;
use crate::source::Span;

/// A declared body.
#[derive(Clone, Debug)]
pub(crate) enum BodyDecl<'d> {
    Json(ValueDecl<'d>),
    /// URL-encoded fields, or the ready-made text of them.
    Form(ValueDecl<'d>),
    /// Parts in their order.
    Parts(Vec<PartDecl<'d>>, Span),
    /// One part for each member.
    Multipart(ValueDecl<'d>),
    /// Text or bytes of this media type.
    Text(&'d str, ValueDecl<'d>),
}

/// One part of a multipart body.
#[derive(Clone, Debug)]
pub(crate) struct PartDecl<'d> {
    pub(crate) name: Option<ValueDecl<'d>>,
    pub(crate) value: Option<ValueDecl<'d>>,
    pub(crate) file_name: Option<ValueDecl<'d>>,
    pub(crate) content_type: Option<ValueDecl<'d>>,
}

impl<'d> BodyDecl<'d> {
    /// Where the content stands.
    pub(crate) const fn span(&self) -> Span {
        match self {
            Self::Json(content) | Self::Form(content) | Self::Multipart(content) | Self::Text(_, content) => {
                content.span()
            }
            Self::Parts(_, span) => *span,
        }
    }

    /// The text that is the whole content, when it is one.
    pub(crate) fn text(&self) -> Option<&'d str> {
        match self {
            Self::Json(content) | Self::Form(content) | Self::Multipart(content) | Self::Text(_, content) => {
                content.text()
            }
            Self::Parts(..) => None,
        }
    }
}
