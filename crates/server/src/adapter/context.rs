//! What adapters are handed to answer with.

use std::sync::Arc;

use super::mcp::Endpoints;
use crate::{http::fixed::FixedRoutes, shared::Shared};

/// What outlives publications and is the same for every adapter.
#[derive(Debug)]
pub(crate) struct Context {
    /// Clients, limits, counts.
    pub(crate) shared: Arc<Shared>,
    /// MCP endpoints with their sessions.
    pub(crate) endpoints: Arc<Endpoints>,
    /// Routes that are the same for every capability.
    pub(crate) fixed: FixedRoutes,
}
