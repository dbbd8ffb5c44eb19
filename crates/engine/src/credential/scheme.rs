//! What a credential does beside fixed fields, one kind each: filled in at activation, computed for each request, asked again when
//! a request was refused. A new kind is a file of its own and its arms here.

use std::time::Duration;

use capstan_plan::Credential;
use http::{HeaderMap, HeaderValue, header, uri::PathAndQuery};
use sha2::{Digest as _, Sha256};
use tokio::time::timeout;

use super::{
    digest::{Digest, DigestSession},
    fields::Fields,
    hmac::Hmac,
    oauth1::OAuth1,
    oauth2::OAuth2,
    secret::{Filler, Secret},
    sigv4::AwsSigV4,
    tokens::Tokens,
    unsigned::Unsigned,
};
use crate::{
    base::fault::{Fault, UpstreamFault},
    base::host::Host,
    target::upstreams::Upstreams,
};

/// What happens beside fixed fields.
pub(crate) enum Scheme {
    /// Nothing.
    Fixed,
    /// The Digest handshake.
    Digest(Digest),
    /// An access token.
    OAuth2(Box<OAuth2>),
    /// OAuth 1.0a.
    OAuth1(Box<OAuth1>),
    /// Veracode's signature.
    Hmac(Hmac),
    /// AWS Signature Version 4.
    AwsSigV4(Box<AwsSigV4>),
    /// A TLS client certificate: PEM chain and key.
    Certificate { pem: Secret },
    /// Every request fails.
    Unusable(Fault),
}

/// What computing a credential uses.
pub(crate) struct Means<'a> {
    pub(crate) host: &'a dyn Host,
    pub(crate) tokens: &'a Tokens,
    pub(crate) upstreams: Upstreams<'a>,
    pub(crate) session: &'a DigestSession,
    /// How long a token may take.
    pub(crate) limit: Duration,
}

/// What computing a credential changed beside headers.
#[derive(Default)]
pub(crate) struct Authorized {
    /// The token used, to be forgotten when it is refused.
    pub(crate) token: Option<HeaderValue>,
    /// Path and query as they were signed, when they must be sent so.
    pub(crate) path_and_query: Option<PathAndQuery>,
}

impl Scheme {
    /// Fills a credential in; what it adds to every request goes to `fields`.
    pub(super) fn fill<'a>(
        filler: &mut Filler<'a, '_>,
        credential: &'a Credential,
        fields: &mut Fields,
    ) -> Result<Self, Fault> {
        match credential {
            Credential::Bearer { token } => *fields = Fields::bearer(filler, token)?,
            Credential::Basic { username, password } => *fields = Fields::basic(filler, username, password)?,
            Credential::Fields(list) => *fields = Fields::named(filler, list)?,
            Credential::Digest { username, password } => {
                return Digest::fill(filler, username, password).map(Self::Digest);
            }
            Credential::OAuth2 { .. } => {
                return Ok(OAuth2::fill(filler, credential)?.map_or(Self::Fixed, |it| Self::OAuth2(Box::new(it))));
            }
            Credential::OAuth1 { consumer_key, signing_key } => {
                return OAuth1::fill(filler, consumer_key, signing_key).map(|it| Self::OAuth1(Box::new(it)));
            }
            Credential::Hmac { id, key } => return Hmac::fill(filler, id, key).map(Self::Hmac),
            Credential::AwsSigV4 { .. } => {
                return Ok(AwsSigV4::fill(filler, credential)?.map_or(Self::Fixed, |it| Self::AwsSigV4(Box::new(it))));
            }
            Credential::Certificate { certificate, key } => {
                let mut pem = filler.pem(certificate, "certificate")?;
                if let Some(key) = key {
                    pem.push('\n');
                    pem.push_str(&filler.pem(key, "certificate key")?);
                }
                return Ok(Self::Certificate { pem });
            }
            Credential::Unavailable { reason } => {
                let namespace = &filler.client.namespace;
                return Err(filler.bad(format!("the credential of `{namespace}` cannot be computed: {reason}")));
            }
        }
        Ok(Self::Fixed)
    }

    /// Whether something is computed for each request.
    pub(crate) fn is_computed(&self) -> bool {
        !matches!(self, Self::Fixed | Self::Certificate { .. })
    }

    /// The TLS client certificate to connect with.
    pub(crate) fn identity(&self) -> Option<&str> {
        match self {
            Self::Certificate { pem } => Some(pem),
            _ => None,
        }
    }

    /// What a handshake leaves behind belongs to: the same before and after a new activation that changed nothing of it.
    pub(crate) fn fingerprint(&self) -> Option<[u8; 32]> {
        let Self::Digest(digest) = self else { return None };
        let mut hash = Sha256::new();
        for part in digest.parts() {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        Some(hash.finalize().into())
    }

    /// Adds what is computed for this very request to its headers.
    pub(crate) async fn authorize(
        &self,
        request: &Unsigned<'_>,
        headers: &mut HeaderMap,
        means: &Means<'_>,
    ) -> Result<Authorized, Fault> {
        let mut authorized = Authorized::default();
        let value = match self {
            Self::Fixed | Self::Certificate { .. } => None,
            Self::Unusable(fault) => return Err(fault.clone()),
            Self::Digest(digest) => digest.authorization(request, means.session)?,
            Self::OAuth2(settings) => {
                let token = token(settings, means).await?;
                authorized.token = Some(token.clone());
                Some(token)
            }
            Self::OAuth1(consumer) => Some(consumer.authorization(request, means.host)?),
            Self::Hmac(keys) => Some(keys.authorization(request, means.host)?),
            Self::AwsSigV4(keys) => {
                authorized.path_and_query = Some(keys.sign(request, headers, means.host)?);
                None
            }
        };
        if let Some(value) = value {
            headers.insert(header::AUTHORIZATION, value);
        }
        Ok(authorized)
    }

    /// Whether a 401 with these headers can be answered by trying once more; `refused` is the token that was sent.
    pub(crate) async fn challenged(
        &self,
        headers: &HeaderMap,
        refused: Option<&HeaderValue>,
        means: &Means<'_>,
    ) -> bool {
        match self {
            Self::Digest(_) => Digest::challenged(headers, means.session, means.host),
            Self::OAuth2(settings) => {
                means.tokens.forget(settings, refused).await;
                true
            }
            _ => false,
        }
    }
}

async fn token(settings: &OAuth2, means: &Means<'_>) -> Result<HeaderValue, Fault> {
    timeout(means.limit, means.tokens.get(settings, means.upstreams)).await.unwrap_or_else(|_| {
        Err(Fault::upstream(UpstreamFault::Timeout, "the authorization server did not answer in time"))
    })
}
