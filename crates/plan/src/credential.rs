//! Credentials: one kind for each way of proving ourselves upstream, and the facts every kind must state about itself.
//! Computing one is the engine's work.

use crate::Template;

/// What proves us upstream. Its templates see bindings only, never a caller's values.
#[derive(Clone, Debug)]
pub enum Credential {
    /// `Authorization: Bearer`; the scheme is added unless the value carries it.
    Bearer {
        /// The token.
        token: Template,
    },
    /// `Authorization: Basic` (RFC 7617).
    Basic {
        /// The user name.
        username: Template,
        /// The password, possibly empty.
        password: Template,
    },
    /// Named values at fixed places (API keys).
    Fields(Box<[(FieldPlace, Box<str>, Template)]>),
    /// The Digest challenge and response (RFC 7616).
    Digest {
        /// The user name.
        username: Template,
        /// The password.
        password: Template,
    },
    /// OAuth 2.0 client credentials (RFC 6749, 4.4), with a cached token.
    OAuth2 {
        /// The token endpoint, or where to discover it.
        token_url: Template,
        /// Whether `token_url` is an issuer whose metadata names the endpoint.
        discover: bool,
        /// The client's id.
        client_id: Template,
        /// The client's secret.
        client_secret: Template,
        /// Requested scopes, separated by blanks; may be empty.
        scope: Box<str>,
        /// The audience to ask for.
        audience: Option<Template>,
        /// The resource to ask for (RFC 8707).
        resource: Option<Template>,
        /// Send id and secret in the form body instead of `Authorization: Basic`.
        in_body: bool,
    },
    /// OAuth 1.0a, RSA-SHA256 with `oauth_body_hash`.
    OAuth1 {
        /// The consumer key.
        consumer_key: Template,
        /// The private key: PEM text or a path to it.
        signing_key: Template,
    },
    /// Veracode's HMAC-SHA-256 request signature.
    Hmac {
        /// The API id.
        id: Template,
        /// The API key, hexadecimal.
        key: Template,
    },
    /// AWS Signature Version 4.
    AwsSigV4 {
        /// The access key id.
        access_key: Template,
        /// The secret access key.
        secret_key: Template,
        /// The session token, when temporary credentials are used.
        session_token: Option<Template>,
        /// The region.
        region: Template,
        /// The service.
        service: Template,
    },
    /// A TLS client certificate.
    Certificate {
        /// The certificate chain (and key): PEM text or a path to it.
        certificate: Template,
        /// The private key, when it is apart.
        key: Option<Template>,
    },
    /// A credential that cannot be computed: every call fails with the reason.
    Unavailable {
        /// Why.
        reason: Box<str>,
    },
}

/// Where a credential field goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldPlace {
    /// A header.
    Header,
    /// A query parameter.
    Query,
    /// A cookie.
    Cookie,
    /// A top-level field of a JSON or form body.
    Body,
    /// The placeholder of that name in base URI or path.
    Path,
}

impl Credential {
    /// Every template it holds.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Bearer { token } => vec![token],
            Self::Basic { username, password } | Self::Digest { username, password } => vec![username, password],
            Self::Fields(fields) => fields.iter().map(|(_, _, value)| value).collect(),
            Self::OAuth2 { token_url, client_id, client_secret, audience, resource, .. } => {
                [token_url, client_id, client_secret].into_iter().chain(audience).chain(resource).collect()
            }
            Self::OAuth1 { consumer_key, signing_key } => vec![consumer_key, signing_key],
            Self::Hmac { id, key } => vec![id, key],
            Self::AwsSigV4 { access_key, secret_key, session_token, region, service } => {
                [access_key, secret_key, region, service].into_iter().chain(session_token).collect()
            }
            Self::Certificate { certificate, key } => std::iter::once(certificate).chain(key).collect(),
            Self::Unavailable { .. } => Vec::new(),
        }
    }

    /// The templates whose values prove an identity; names, addresses and regions are no secrets.
    #[must_use]
    pub fn secrets(&self) -> Vec<&Template> {
        match self {
            Self::Bearer { token } => vec![token],
            Self::Basic { password, .. } | Self::Digest { password, .. } => vec![password],
            Self::Fields(fields) => fields.iter().map(|(_, _, value)| value).collect(),
            Self::OAuth2 { client_secret, .. } => vec![client_secret],
            Self::OAuth1 { signing_key, .. } => vec![signing_key],
            Self::Hmac { key, .. } => vec![key],
            Self::AwsSigV4 { secret_key, session_token, .. } => {
                std::iter::once(secret_key).chain(session_token).collect()
            }
            Self::Certificate { certificate, key } => std::iter::once(certificate).chain(key).collect(),
            Self::Unavailable { .. } => Vec::new(),
        }
    }

    /// What it fills in a request. A parameter declared there is not a caller's: its value would be replaced.
    #[must_use]
    pub fn occupies(&self) -> Vec<(FieldPlace, &str)> {
        const AUTHORIZATION: (FieldPlace, &str) = (FieldPlace::Header, "Authorization");
        match self {
            Self::Bearer { .. }
            | Self::Basic { .. }
            | Self::Digest { .. }
            | Self::OAuth2 { .. }
            | Self::OAuth1 { .. }
            | Self::Hmac { .. } => vec![AUTHORIZATION],
            Self::AwsSigV4 { session_token, .. } => {
                let token = session_token.as_ref().map(|_| (FieldPlace::Header, "X-Amz-Security-Token"));
                [AUTHORIZATION, (FieldPlace::Header, "X-Amz-Date")].into_iter().chain(token).collect()
            }
            Self::Fields(fields) => fields.iter().map(|(place, name, _)| (*place, &**name)).collect(),
            Self::Certificate { .. } | Self::Unavailable { .. } => Vec::new(),
        }
    }
}
