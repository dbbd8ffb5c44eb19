//! Another way to upstreams than the network: whoever gives one answers every request the engine would have sent, as it would have
//! been sent, and what it answers is read as an answer from the network is. For tests of capabilities, sandboxes in one process,
//! requests that are only to be shown.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body_util::{BodyExt as _, combinators::BoxBody};

use super::body::{BoxError, OutgoingBody};
use crate::base::fault::{Fault, UpstreamFault};

/// The body of an answer that did not come over the network. An error in it is a connection that broke.
pub type TransportBody = BoxBody<Bytes, BoxError>;

/// Answers requests in place of the network.
pub trait Transport: Send + Sync + 'static {
    /// Answers one request. Its URI is whole; `Host` is there where it differs from the URI's. A fault is what a connection would
    /// have failed with; an answer that never comes is waited for as long as an upstream's is.
    fn answer(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<TransportBody>, Fault>>;
}

/// Sends a request that way, once all of its body is there.
pub(super) async fn send(
    transport: &dyn Transport,
    request: Request<OutgoingBody>,
) -> Result<Response<TransportBody>, Fault> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|error| match error.downcast::<Fault>() {
        Ok(fault) => *fault,
        Err(error) => Fault::upstream(UpstreamFault::Protocol, error.to_string()),
    })?;
    transport.answer(Request::from_parts(parts, body.to_bytes())).await
}
