//! Routes that are the same for every capability: one axum router, which this hides from whoever answers through it. The router
//! is made from the table in `control`; what a handler needs to know of the request travels in its extensions.

use std::fmt;

use axum::{Router, body::Body as AxumBody};
use bytes::Bytes;
use http::{Request, Response};
use tower::ServiceExt as _;

use super::body::{Body, BodyError};

/// The fixed routes of a process.
#[derive(Clone, Default)]
pub(crate) struct FixedRoutes(Router);

impl FixedRoutes {
    /// These routes.
    pub(crate) fn new(router: Router) -> Self {
        Self(router)
    }

    /// Answers a request.
    pub(crate) async fn answer<B>(&self, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BodyError>,
    {
        let Ok(response) = self.0.clone().oneshot(request.map(AxumBody::new)).await;
        response.map(Body::stream)
    }
}

impl fmt::Debug for FixedRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FixedRoutes")
    }
}
