//! Adapters: one module per way of calling a capability. What they share is the snapshot they look things up in; how bytes
//! reach them (listeners, gateway paths, Host and Origin checks) is not their business.
//!
//! The seam to MCP (`mcp`): an endpoint is made once per exposure and kept across reloads, because sessions live in it.
//! - `McpEndpoint::new(at: ExposureRef, live: Arc<Live>, shared: Arc<Shared>) -> McpEndpoint`
//! - `async fn McpEndpoint::answer(&self, request: Request<Incoming>, capability: Arc<Capability>) -> Response<Body>`:
//!   whatever method and path (the mount has matched `/` or `/mcp`); `capability` is the one of the request's snapshot.
//!   Tool lists are read from `live.current()` or from `capability`; `live.changes()` wakes whoever pushes `list_changed`.
//! - `async fn McpEndpoint::drain(&self, deadline: Instant)`: finishes what runs, then ends sessions and streams.
//! - `async fn stdio(at: ExposureRef, live: Arc<Live>, shared: Arc<Shared>) -> Result<(), Box<dyn Error + Send + Sync>>`:
//!   serves the exposure on stdin and stdout until end of input.

pub mod mcp;
pub(crate) mod rest;
pub(crate) mod skill;
