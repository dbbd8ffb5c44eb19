//! One attempt: a request sent, the head of its response awaited for so long. The time a caller takes to send what is passed on as it
//! comes is not the upstream's.

use std::{future::Future, pin::pin, time::Duration};

use http::Request;
use tokio::time::timeout;

use super::{client::UpstreamClient, network::Network, reply::Response};
use crate::{
    base::fault::{Fault, UpstreamFault},
    base::invocation::Invocation,
    wire::body::OutgoingBody,
    wire::upload::Progress,
};

/// Sends a request and waits for the head of its response.
pub(super) async fn send(
    request: Request<OutgoingBody>,
    client: &UpstreamClient,
    network: Network<'_>,
    invocation: &Invocation,
) -> Result<Response, Fault> {
    let limit = network.first_byte(invocation.deadline);
    let progress = request.body().progress();
    let sent = network.upstreams.clients.send(request, client.credential.scheme.identity());
    let answered = match progress {
        None => timeout(limit, sent).await.ok(),
        // Boxed, as all that not every request needs.
        Some(progress) => Box::pin(uploaded(sent, &progress, limit)).await,
    };
    answered.unwrap_or_else(|| {
        Err(Fault::upstream(UpstreamFault::Timeout, format!("no answer within {} s", limit.as_secs_f32())))
    })
}

/// The answer to a request whose body is passed on as it comes; nothing when the upstream had all of it, or would not take the next
/// piece, for `limit`.
async fn uploaded<T>(sent: impl Future<Output = T>, progress: &Progress, limit: Duration) -> Option<T> {
    let mut sent = pin!(sent);
    let mut left = limit;
    loop {
        if let Ok(answered) = timeout(left, sent.as_mut()).await {
            return Some(answered);
        }
        left = match progress.unanswered() {
            Some(unanswered) if unanswered >= limit => return None,
            Some(unanswered) => limit - unanswered,
            None => limit,
        };
    }
}
