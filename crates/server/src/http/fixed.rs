//! Routes that are the same for every capability: one axum router, which this hides from whoever answers through it. The router
//! is made from the table in `control`; what a handler needs to know of the request travels in its extensions.

use std::fmt;

use axum::{Router, body::Body as AxumBody};
use http::{Request, Response, request::Parts};
use tower::ServiceExt as _;

use super::body::Body;

/// The fixed routes of a process.
#[derive(Clone, Default)]
pub(crate) struct FixedRoutes(Router);

impl FixedRoutes {
    /// These routes.
    pub(crate) fn new(router: Router) -> Self {
        Self(router)
    }

    /// Answers a request; no fixed route reads a body.
    pub(crate) async fn answer(&self, parts: Parts) -> Response<Body> {
        let request = Request::from_parts(parts, AxumBody::empty());
        let Ok(response) = self.0.clone().oneshot(request).await;
        response.map(Body::stream)
    }
}

impl fmt::Debug for FixedRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FixedRoutes")
    }
}
