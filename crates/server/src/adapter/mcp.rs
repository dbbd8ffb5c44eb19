//! Placeholder: the MCP adapter's seam.

use std::{sync::Arc, time::Instant};

use http::{Request, Response, StatusCode};
use hyper::body::Incoming;

use crate::{
    body::Body,
    capability::{Capability, ExposureRef},
    problem,
    shared::Shared,
    snapshot::Live,
};

/// The endpoint of one MCP exposure.
#[derive(Debug)]
pub struct McpEndpoint;

impl McpEndpoint {
    /// An endpoint without sessions.
    #[must_use]
    pub fn new(_at: ExposureRef, _live: Arc<Live>, _shared: Arc<Shared>) -> Self {
        Self
    }

    /// Answers a request.
    pub async fn answer(&self, _request: Request<Incoming>, _capability: Arc<Capability>) -> Response<Body> {
        problem::plain(StatusCode::NOT_IMPLEMENTED, "unavailable", "not there yet")
    }

    /// Ends its sessions.
    pub async fn drain(&self, _deadline: Instant) {}
}

/// Serves an exposure on standard input and output.
///
/// # Errors
/// When the protocol fails.
pub async fn stdio(
    _at: ExposureRef,
    _live: Arc<Live>,
    _shared: Arc<Shared>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    Err("not there yet".into())
}
