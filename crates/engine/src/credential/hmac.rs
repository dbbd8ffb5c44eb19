//! Requests signed with Veracode's HMAC.

use capstan_plan::Template;
use http::HeaderValue;

use super::{
    secret::{Filler, Secret},
    sign::hmac::authorization,
    unsigned::{self, Unsigned, cannot_sign},
};
use crate::base::{fault::Fault, host::Host};

/// An API id and its key.
pub(crate) struct Hmac {
    id: Secret,
    key: Secret,
}

impl Hmac {
    pub(super) fn fill<'a>(filler: &Filler<'a, '_>, id: &'a Template, key: &'a Template) -> Result<Self, Fault> {
        Ok(Self { id: filler.given(id, "API id")?, key: filler.given(key, "API key")? })
    }

    /// The `Authorization` of a request.
    pub(super) fn authorization(&self, request: &Unsigned<'_>, host: &dyn Host) -> Result<HeaderValue, Fault> {
        let mut nonce = [0; 16];
        host.random(&mut nonce);
        let value = authorization(&self.id, &self.key, request.method.as_str(), &request.url()?, host.now_ms(), nonce);
        unsigned::header(&value.map_err(|error| cannot_sign(&error))?)
    }
}
