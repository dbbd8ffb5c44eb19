//! Requests signed with AWS Signature Version 4.

use capstan_plan::Credential;
use http::{HeaderMap, uri::PathAndQuery};

use super::{
    secret::{Filler, Secret},
    sign::sigv4::{Keys, Message, prepare, sign},
    unsigned::{Unsigned, cannot_sign},
};
use crate::{
    base::{fault::Fault, host::Host},
    target::address,
};

/// Keys of an AWS account, and what they are used for.
pub(crate) struct AwsSigV4 {
    access_key: Secret,
    secret_key: Secret,
    session_token: Option<Secret>,
    region: String,
    service: String,
}

impl AwsSigV4 {
    /// Fills the keys in; nothing when the credential is of another kind.
    pub(super) fn fill<'a>(filler: &Filler<'a, '_>, credential: &'a Credential) -> Result<Option<Self>, Fault> {
        let Credential::AwsSigV4 { access_key, secret_key, session_token, region, service } = credential else {
            return Ok(None);
        };
        Ok(Some(Self {
            access_key: filler.given(access_key, "access key")?,
            secret_key: filler.given(secret_key, "secret key")?,
            session_token: filler.optional(session_token.as_ref())?,
            region: filler.given(region, "region")?.to_string(),
            service: filler.given(service, "service")?.to_string(),
        }))
    }

    /// Adds the headers of the signature; hands out path and query as they were signed.
    pub(super) fn sign(
        &self,
        request: &Unsigned<'_>,
        headers: &mut HeaderMap,
        host: &dyn Host,
    ) -> Result<PathAndQuery, Fault> {
        let mut url = request.url()?;
        prepare(&mut url);
        let keys = Keys {
            access_key: &self.access_key,
            secret_key: &self.secret_key,
            session_token: self.session_token.as_ref().map(|token| token.as_str()),
            region: &self.region,
            service: &self.service,
        };
        let now = host.now_ms() / 1000;
        let message = Message { method: request.method.as_str(), url: &url, headers, body: request.body, now };
        for (name, value) in sign(&keys, &message).map_err(|error| cannot_sign(&error))? {
            headers.insert(name, value);
        }
        address::path_and_query(address::path_of(&url))
    }
}
