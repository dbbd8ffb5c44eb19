//! What an upstream answered: the head of a response and its body to come.

use std::sync::Arc;

use http::{HeaderMap, StatusCode};

use crate::{base::exchange_log::UpstreamExchange, wire::upstream_body::UpstreamBody};

/// A response as it arrives from whichever client.
pub(super) type Response = http::Response<crate::wire::client_body::ClientBody>;

/// A head of a response and its body to come.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: UpstreamBody,
    /// How the exchange was written down.
    pub(crate) exchange: Arc<UpstreamExchange>,
}
