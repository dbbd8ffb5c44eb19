//! OAuth 1.0a requests signed with an RSA key, which is read once.

use capstan_plan::Template;
use http::HeaderValue;

use super::{
    secret::{Filler, Secret},
    sign::oauth1::{Message, SigningKey, authorization},
    unsigned::{self, Unsigned, cannot_sign},
};
use crate::base::{fault::Fault, host::Host, ids};

/// A consumer and its key.
pub(crate) struct OAuth1 {
    consumer_key: Secret,
    key: SigningKey,
}

impl OAuth1 {
    pub(super) fn fill<'a>(
        filler: &mut Filler<'a, '_>,
        consumer_key: &'a Template,
        key: &'a Template,
    ) -> Result<Self, Fault> {
        let consumer_key = filler.given(consumer_key, "consumer key")?;
        let pem = filler.pem(key, "signing key")?;
        let key = SigningKey::from_pem(&pem).map_err(|error| cannot_sign(&error))?;
        Ok(Self { consumer_key, key })
    }

    /// The `Authorization` of a request.
    pub(super) fn authorization(&self, request: &Unsigned<'_>, host: &dyn Host) -> Result<HeaderValue, Fault> {
        let (url, nonce) = (request.url()?, ids::random(host));
        let message = Message {
            method: request.method.as_str(),
            url: &url,
            body: request.body,
            now: host.now_ms() / 1000,
            nonce: &nonce,
        };
        let value = authorization(&self.consumer_key, &self.key, &message).map_err(|error| cannot_sign(&error))?;
        unsigned::header(&value)
    }
}
