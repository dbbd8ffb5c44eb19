//! An MCP server as it is published: the exposure, its check, and its endpoint from the first request on.

use std::sync::{Arc, OnceLock};

use ::http::{HeaderMap, Request, Response, header};
use capstan_plan::{Exposure, ExposureKind, Transport};

use super::{endpoint::McpEndpoint, endpoints::Endpoints};
use crate::{
    adapter::paths::{Beside, FixedPaths},
    capability::exposed::Exposed,
    http::{access::AccessRecord, body::Body, inbound::Inbound},
    shared::Shared,
};

/// Where MCP is.
pub(crate) const PATHS: FixedPaths = FixedPaths {
    exact: &["/", "/mcp"],
    prefixes: &[],
    beside: Beside::Spoken(speaks_mcp),
    below_an_id: Some("/mcp"),
    entry: "/mcp",
};

/// Whether a request is one of MCP's: it names the protocol or a session, or accepts a stream of events as every client must.
fn speaks_mcp(headers: &HeaderMap) -> bool {
    let named = ["mcp-protocol-version", "mcp-session-id", "mcp-method"];
    let accepts = headers.get_all(header::ACCEPT);
    named.iter().any(|name| headers.contains_key(*name))
        || accepts.iter().any(|value| value.to_str().is_ok_and(|value| value.contains("text/event-stream")))
}

/// An MCP server, exposed by a document.
#[derive(Debug)]
pub struct McpAdapter {
    exposed: Exposed,
    endpoint: OnceLock<Option<Arc<McpEndpoint>>>,
}

impl McpAdapter {
    pub(crate) fn new(exposed: Exposed) -> Self {
        Self { exposed, endpoint: OnceLock::new() }
    }

    pub(crate) fn exposed(&self) -> &Exposed {
        &self.exposed
    }

    /// Whether it is reached over HTTP at all.
    pub(crate) fn listens(&self) -> bool {
        match self.exposed.exposure() {
            Some(Exposure { kind: ExposureKind::Mcp(mcp), .. }) => mcp.transport == Transport::Http,
            _ => false,
        }
    }

    /// Answers a request.
    pub(crate) async fn answer(
        &self,
        request: Request<Inbound>,
        shared: &Shared,
        endpoints: &Endpoints,
        record: &mut AccessRecord,
    ) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let principal = match self.exposed.admit(shared, &parts).await {
            Ok((_, principal)) => principal,
            Err(refused) => return refused,
        };
        let found = || self.exposed.reference().map(|at| endpoints.get(&at));
        match self.endpoint.get_or_init(found) {
            Some(endpoint) => {
                let request = Request::from_parts(parts, body);
                endpoint.answer(request, self.exposed.capability.clone(), principal, record).await
            }
            None => self.exposed.capability.failing(),
        }
    }
}
