//! How callers prove themselves. Templates see bindings only; an unresolved one answers 503 to everyone.

use crate::{Origin, Template};

/// The check in front of one exposure.
#[derive(Clone, Debug)]
pub enum Authenticator {
    /// `Authorization: Bearer <token>`.
    Bearer {
        /// The token expected.
        token: Template,
    },
    /// A key in a header or query parameter.
    ApiKey {
        /// Where the key is.
        place: ApiKeyPlace,
        /// Its name there.
        name: Template,
        /// The value expected.
        value: Template,
    },
    /// `Authorization: Basic` (RFC 7617).
    Basic {
        /// The user name expected.
        username: Template,
        /// The password expected.
        password: Template,
    },
    /// `Authorization: Digest` (RFC 7616).
    Digest {
        /// The user name expected.
        username: Template,
        /// The password expected.
        password: Template,
    },
    /// Access tokens of an authorization server.
    OAuth2(Box<OAuth2Resource>),
    /// Declared, but of a kind we do not implement: everyone gets 503, never an open door.
    Unsupported {
        /// The declared type.
        kind: Box<str>,
        /// Where.
        origin: Origin,
    },
}

/// Where an API key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKeyPlace {
    /// A header.
    Header,
    /// A query parameter.
    Query,
    /// A cookie.
    Cookie,
}

/// An OAuth 2.0 resource server's settings (RFC 9068, RFC 9728).
#[derive(Clone, Debug)]
pub struct OAuth2Resource {
    /// The issuer.
    pub authorization_server: Template,
    /// This server's public URL.
    pub resource: Template,
    /// The audience expected; the resource when absent.
    pub audience: Option<Template>,
    /// Scopes every token must carry.
    pub scopes: Box<[Box<str>]>,
    /// Where the exposure declares it.
    pub origin: Origin,
}
