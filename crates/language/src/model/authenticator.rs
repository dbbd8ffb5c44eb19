//! The authenticator of an exposure as declared: one kind for each way callers prove themselves.

use capstan_plan::ApiKeyPlace;

use crate::source::{Span, Spanned};

/// `authentication` of an exposure. A text that is required and absent is `None`; its diagnostic is told already.
#[derive(Debug)]
pub(crate) struct AuthenticatorDecl<'d> {
    /// The type as written, in lower case.
    pub(crate) word: String,
    pub(crate) kind: AuthenticatorKind<'d>,
    pub(crate) span: Span,
}

/// The kinds of authenticator.
#[derive(Debug)]
pub(crate) enum AuthenticatorKind<'d> {
    Bearer {
        token: Option<Spanned<&'d str>>,
    },
    Basic {
        username: Option<Spanned<&'d str>>,
        password: Option<Spanned<&'d str>>,
    },
    Digest {
        username: Option<Spanned<&'d str>>,
        password: Option<Spanned<&'d str>>,
    },
    ApiKey {
        place: ApiKeyPlace,
        name: Option<Spanned<&'d str>>,
        value: Option<Spanned<&'d str>>,
    },
    OAuth2 {
        authorization_server: Option<Spanned<&'d str>>,
        resource: Option<Spanned<&'d str>>,
        audience: Option<Spanned<&'d str>>,
        scopes: Vec<Spanned<&'d str>>,
    },
    /// Everyone is refused; its diagnostic is told already.
    Unsupported(String),
}
