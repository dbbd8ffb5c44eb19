//! Whoever answers the requests of a listener. Connections know no more of them.

use std::{net::IpAddr, sync::Arc};

use futures_util::future::BoxFuture;
use http::{Request, Response};

use crate::http::{body::Body, inbound::Inbound};

/// Answers requests.
pub(crate) trait Answer: Send + Sync + 'static {
    /// Answers a request of `peer`, whatever happens.
    fn answer(self: Arc<Self>, request: Request<Inbound>, peer: IpAddr) -> BoxFuture<'static, Response<Body>>;
}
