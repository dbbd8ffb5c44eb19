//! One attempt: a request sent, the head of its response awaited for so long.

use http::Request;
use tokio::time::timeout;

use super::{client::UpstreamClient, network::Network, reply::Response};
use crate::{
    base::fault::{Fault, UpstreamFault},
    base::invocation::Invocation,
    wire::body::OutgoingBody,
};

/// Sends a request and waits for the head of its response.
pub(super) async fn send(
    request: Request<OutgoingBody>,
    client: &UpstreamClient,
    network: Network<'_>,
    invocation: &Invocation,
) -> Result<Response, Fault> {
    let limit = network.first_byte(invocation.deadline);
    let sent = network.upstreams.clients.send(request, client.credential.scheme.identity());
    timeout(limit, sent).await.unwrap_or_else(|_| {
        Err(Fault::upstream(UpstreamFault::Timeout, format!("no answer within {} s", limit.as_secs_f32())))
    })
}
