//! A request as it is sent, to be sent again where a policy asks for it.

use std::sync::Arc;

use http::{HeaderMap, Method, Request, header, uri::PathAndQuery};

use crate::{
    base::fault::Fault,
    credential::unsigned::Unsigned,
    request::build::Prepared,
    target::address::{self, Target},
    wire::body::OutgoingBody,
};

/// Builds the headers of a request once more: what a request needs that is sent again, so that the first keeps no copy.
pub(crate) type Rebuild<'a> = &'a (dyn Fn() -> Result<HeaderMap, Fault> + Send + Sync);

/// A request to be sent.
pub(crate) struct Draft<'a> {
    pub(super) method: Method,
    pub(super) target: Arc<Target>,
    pub(super) path_and_query: PathAndQuery,
    headers: HeaderMap,
    body: OutgoingBody,
    rebuild: Option<Rebuild<'a>>,
    sent: bool,
    /// Whether sending it twice could do something twice, whatever its method.
    once: bool,
}

impl<'a> Draft<'a> {
    /// # Errors
    /// Path and query are none.
    pub(crate) fn new(prepared: Prepared, rebuild: Option<Rebuild<'a>>) -> Result<Self, Fault> {
        let Prepared { method, target, path_and_query, headers, body } = prepared;
        let path_and_query = address::path_and_query(path_and_query)?;
        Ok(Self { method, target, path_and_query, headers, body, rebuild, sent: false, once: false })
    }

    /// The same, which begins something: it is not sent again once it may have arrived.
    pub(crate) fn once(self, once: bool) -> Self {
        Self { once, ..self }
    }

    /// Whether its method is safe, so that nothing happens twice when it is sent twice.
    pub(super) fn is_safe(&self) -> bool {
        !self.once && matches!(self.method, Method::GET | Method::HEAD)
    }

    /// Whether its body can be sent again.
    pub(super) fn is_repeatable(&self) -> bool {
        !matches!(self.body, OutgoingBody::Stream(_))
    }

    /// The request of the next attempt. The last one, and one whose headers can be built again, takes them along.
    pub(super) fn request(&mut self, is_last: bool) -> Result<Request<OutgoingBody>, Fault> {
        let mut headers = match self.rebuild {
            Some(rebuild) if self.sent => rebuild()?,
            Some(_) => std::mem::take(&mut self.headers),
            None if is_last => std::mem::take(&mut self.headers),
            None => self.headers.clone(),
        };
        self.sent = true;
        if let Some(host) = &self.target.host {
            headers.insert(header::HOST, host.clone());
        }
        let mut request = Request::new(self.body.again().unwrap_or_else(|| std::mem::take(&mut self.body)));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.target.uri(self.path_and_query.clone())?;
        *request.headers_mut() = headers;
        Ok(request)
    }

    /// What a credential that is computed covers.
    pub(super) fn unsigned(&self) -> Unsigned<'_> {
        let Self { method, target, path_and_query, body, .. } = self;
        Unsigned { method, target, path_and_query, body: body.bytes() }
    }
}
