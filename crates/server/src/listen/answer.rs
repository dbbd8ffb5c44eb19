//! Whoever answers the requests of a listener. Connections know no more of them.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::{Request, Response};
use hyper::body::Incoming;

use crate::http::body::Body;

/// Answers requests.
pub(crate) trait Answer: Send + Sync + 'static {
    /// Answers, whatever happens.
    fn answer(self: Arc<Self>, request: Request<Incoming>) -> BoxFuture<'static, Response<Body>>;
}
