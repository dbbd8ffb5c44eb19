//! The credential of a consumed API as declared: one kind for each way of proving ourselves upstream.

use capstan_plan::FieldPlace;

use super::Rule;
use crate::source::{Span, Spanned};

/// `authentication` of a consumed API.
#[derive(Debug)]
pub(crate) struct CredentialDecl<'d> {
    pub(crate) kind: CredentialKind<'d>,
    /// Rules the reader applied already.
    pub(crate) rules: Vec<Rule>,
    pub(crate) span: Span,
}

/// The kinds of credential.
#[derive(Debug)]
pub(crate) enum CredentialKind<'d> {
    /// Nothing is sent.
    None,
    Bearer(SecretDecl<'d>),
    Basic(LoginDecl<'d>),
    Digest(LoginDecl<'d>),
    /// API keys: named values at fixed places.
    Fields(Vec<FieldDecl<'d>>),
    ClientCredentials(Box<ClientCredentialsDecl<'d>>),
    OAuth1 {
        consumer_key: SecretDecl<'d>,
        signing_key: SecretDecl<'d>,
    },
    Hmac {
        id: SecretDecl<'d>,
        key: SecretDecl<'d>,
    },
    AwsSigV4(Box<AwsSigV4Decl<'d>>),
    Certificate {
        certificate: SecretDecl<'d>,
        key: Option<SecretDecl<'d>>,
    },
    /// Nothing can be sent, for this reason; its diagnostic is told already.
    Unusable(String),
}

/// A value only the operator may know.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SecretDecl<'d> {
    Text(Spanned<&'d str>),
    /// Not written: it is in the variable `<NAMESPACE>_<SUFFIX>` (rule A5).
    Conventional {
        suffix: &'static str,
        /// Whether that it is not written was told already.
        told: bool,
    },
    /// Required and absent; its diagnostic is told already.
    Missing,
}

/// User name and password.
#[derive(Debug)]
pub(crate) struct LoginDecl<'d> {
    pub(crate) username: SecretDecl<'d>,
    pub(crate) password: SecretDecl<'d>,
}

/// One API key.
#[derive(Debug)]
pub(crate) struct FieldDecl<'d> {
    pub(crate) place: FieldPlace,
    pub(crate) name: &'d str,
    pub(crate) value: SecretDecl<'d>,
}

/// OAuth 2.0 client credentials.
#[derive(Debug)]
pub(crate) struct ClientCredentialsDecl<'d> {
    /// The token endpoint, or the issuer whose metadata names it.
    pub(crate) token_url: Spanned<&'d str>,
    /// Whether `token_url` is the issuer.
    pub(crate) discover: bool,
    pub(crate) client_id: SecretDecl<'d>,
    pub(crate) client_secret: SecretDecl<'d>,
    pub(crate) scopes: Vec<Spanned<&'d str>>,
    pub(crate) audience: Option<Spanned<&'d str>>,
    pub(crate) resource: Option<Spanned<&'d str>>,
    /// Id and secret go into the form instead of a header.
    pub(crate) in_body: bool,
}

/// AWS Signature Version 4.
#[derive(Debug)]
pub(crate) struct AwsSigV4Decl<'d> {
    pub(crate) access_key: SecretDecl<'d>,
    pub(crate) secret_key: SecretDecl<'d>,
    pub(crate) session_token: Option<SecretDecl<'d>>,
    pub(crate) region: SecretDecl<'d>,
    pub(crate) service: SecretDecl<'d>,
}
