//! A request as a credential that is computed sees it.

use http::{HeaderValue, Method, uri::PathAndQuery};
use url::Url;

use super::sign::SignError;
use crate::{
    base::fault::{CallerFault, CapabilityFault, Fault},
    target::address::Target,
};

/// What a signature covers.
#[derive(Clone, Copy)]
pub(crate) struct Unsigned<'a> {
    pub(crate) method: &'a Method,
    pub(crate) target: &'a Target,
    pub(crate) path_and_query: &'a PathAndQuery,
    pub(crate) body: &'a [u8],
}

impl Unsigned<'_> {
    /// The URL the author meant, which is what signatures cover even when another server stands in.
    pub(super) fn url(&self) -> Result<Url, Fault> {
        let text = format!("{}{}", self.target.origin, self.path_and_query);
        let url = Url::parse(&text).map_err(|error| Fault::capability(CapabilityFault::BadBase, error.to_string()))?;
        if url.path() != self.path_and_query.path() {
            // The URL library would normalise what we encoded on purpose: what is signed must be what is sent.
            return Err(Fault::caller(CallerFault::InvalidInput, "a path value cannot be signed as it is"));
        }
        Ok(url)
    }
}

/// A computed value as a header value that is not shown.
pub(super) fn header(value: &str) -> Result<HeaderValue, Fault> {
    let mut value = HeaderValue::from_bytes(value.as_bytes())
        .map_err(|_| Fault::capability(CapabilityFault::BadCredential, "the credential cannot stand in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The fault of a request that cannot be signed.
pub(super) fn cannot_sign(error: &SignError) -> Fault {
    Fault::capability(CapabilityFault::BadCredential, error.to_string())
}
