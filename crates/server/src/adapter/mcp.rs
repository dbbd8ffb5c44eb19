//! MCP endpoints: one protocol core over streamable HTTP (both generations on one endpoint) and stdio. What is served is looked
//! up per request, so an endpoint and its sessions outlive every reload. Host, Origin and callers' credentials are checked
//! by the listener before a request comes here, which is why rmcp's own (static) lists are off.

mod arguments;
mod call;
mod changes;
mod fault;
mod handler;
mod http;
mod invoke;
mod media;
mod page;
mod progress;
mod prompts;
mod resources;
mod result;
mod sessions;
mod stdio;
mod uri;
mod view;

#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc, time::Instant};

use arc_swap::ArcSwapOption;
use rmcp::{
    ErrorData,
    model::Extensions,
    transport::{StreamableHttpServerConfig, StreamableHttpService},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use self::stdio::stdio;
use self::{changes::Peers, handler::Handler, sessions::Sessions, view::View};
use crate::{
    capability::instance::{Capability, ExposureRef},
    publication::snapshot::Live,
    shared::{Limits, Shared},
};

/// An MCP exposure as it is reached over HTTP. Made once per exposure; sessions live in it.
pub struct McpEndpoint {
    core: Arc<Core>,
    service: StreamableHttpService<Handler, Sessions>,
    limits: Limits,
    /// Answers that are still being written.
    running: TaskTracker,
    /// Ends sessions and streams, whatever they are doing.
    end: CancellationToken,
}

impl McpEndpoint {
    /// The endpoint of an exposure.
    #[must_use]
    pub fn new(at: ExposureRef, live: Arc<Live>, shared: Arc<Shared>) -> Self {
        let limits = shared.limits;
        let core = Arc::new(Core::new(at, live));
        let end = CancellationToken::new();
        let config = StreamableHttpServerConfig::default()
            .with_json_response(true)
            .with_sse_retry(None)
            .with_max_request_body_bytes(limits.body)
            .with_cancellation_token(end.clone())
            .disable_allowed_hosts()
            .disable_allowed_origins();
        let handler = Handler::new(core.clone());
        let sessions = Arc::new(Sessions::new(limits.sessions));
        let service = StreamableHttpService::new(move || Ok(handler.clone()), sessions, config);
        Self { core, service, limits, running: TaskTracker::new(), end }
    }

    /// Finishes what runs, at most until `deadline`; then ends sessions and streams. Subscriptions end gracefully at once.
    pub async fn drain(&self, deadline: Instant) {
        self.core.closing.cancel();
        self.running.close();
        let _ = tokio::time::timeout_at(deadline.into(), self.running.wait()).await;
        self.end.cancel();
    }
}

impl fmt::Debug for McpEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpEndpoint").field("at", &self.core.at).finish_non_exhaustive()
    }
}

/// What all transports of one exposure share.
struct Core {
    at: ExposureRef,
    live: Arc<Live>,
    /// What was made of the capability seen last.
    view: ArcSwapOption<View>,
    /// Sessions of clients that get notifications without asking.
    peers: Peers,
    /// Set when the endpoint stops: subscriptions end.
    closing: CancellationToken,
}

impl Core {
    fn new(at: ExposureRef, live: Arc<Live>) -> Self {
        Self { at, live, view: ArcSwapOption::empty(), peers: Peers::default(), closing: CancellationToken::new() }
    }

    /// What is served at present.
    fn view(&self) -> Result<Arc<View>, ErrorData> {
        let snapshot = self.live.current();
        match snapshot.capabilities.get(&self.at.capability) {
            Some(capability) => self.view_of(capability),
            None => Err(stopped(format!("capability `{}` is not served any more", self.at.capability))),
        }
    }

    /// What a request sees: the capability its listener took, or else the present one.
    fn view_for(&self, extensions: &Extensions) -> Result<Arc<View>, ErrorData> {
        let parts = extensions.get::<::http::request::Parts>();
        match parts.and_then(|parts| parts.extensions.get::<Arc<Capability>>()) {
            Some(capability) => self.view_of(capability),
            None => self.view(),
        }
    }

    fn view_of(&self, capability: &Arc<Capability>) -> Result<Arc<View>, ErrorData> {
        if let Some(view) = &*self.view.load()
            && Arc::ptr_eq(&view.capability, capability)
        {
            return Ok(view.clone());
        }
        let Some(view) = View::new(capability, &self.at.key) else { return Err(state(&self.at, capability)) };
        let view = Arc::new(view);
        self.view.store(Some(view.clone()));
        Ok(view)
    }
}

/// Why a capability has nothing to say.
fn state(at: &ExposureRef, capability: &Capability) -> ErrorData {
    if capability.plan().is_some() {
        return stopped(format!("capability `{}` has no MCP adapter `{}` any more", at.capability, at.key));
    }
    let error = capability.errors().next();
    let why = error.map_or_else(String::new, |e| format!(": {}:{}: {} [{}]", e.file, e.line, e.message, e.code));
    stopped(format!("capability `{}` has errors and does not run{why}", at.capability))
}

fn stopped(message: String) -> ErrorData {
    ErrorData::internal_error(message, None)
}
