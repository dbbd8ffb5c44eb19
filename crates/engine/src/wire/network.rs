//! The network as something that answers requests: for whoever stands before it and looks on. It follows no redirect, proves nobody
//! and undoes no encoding.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body_util::BodyExt;

use super::{
    body::OutgoingBody,
    clients::Clients,
    transport::{Transport, TransportBody},
};
use crate::base::fault::Fault;

/// The network.
pub struct Network(Clients);

impl Network {
    /// With a limit to the time a connection may take.
    #[must_use]
    pub fn new(connect: Duration) -> Self {
        Self(Clients::new(connect))
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<TransportBody>, Fault> {
        let body = |bytes: Bytes| if bytes.is_empty() { OutgoingBody::Empty } else { OutgoingBody::Bytes(bytes) };
        let response = self.0.send(request.map(body), None).await?;
        Ok(response.map(BodyExt::boxed))
    }
}

impl Transport for Network {
    fn answer(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<TransportBody>, Fault>> {
        Box::pin(self.send(request))
    }
}
