//! One MCP exposure as it is reached over HTTP.

use std::{convert::Infallible, fmt, sync::Arc, time::Instant};

use ::http::{Method, Request, Response, StatusCode, request::Parts};
use bytes::Bytes;
use http_body_util::{Full, combinators::BoxBody};
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::sync::watch;
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

use super::{
    core::Core,
    direct,
    handler::Handler,
    http,
    request::{self, Caller},
    sessions::Sessions,
};
use crate::{
    auth::Principal,
    capability::{
        catalogue::Catalogue,
        instance::{Capability, ExposureRef},
    },
    http::{
        access::AccessRecord,
        body::{Body, BodyError},
    },
    shared::{Limits, Shared},
};

/// An MCP exposure as it is reached over HTTP. Made once per exposure; sessions live in it.
pub struct McpEndpoint {
    pub(super) core: Arc<Core>,
    service: StreamableHttpService<Handler, Sessions>,
    pub(super) sessions: Sessions,
    limits: Limits,
    /// Answers that are still being written.
    running: TaskTracker,
    /// Ends sessions and streams, whatever they are doing.
    end: CancellationToken,
}

impl McpEndpoint {
    /// The endpoint of an exposure.
    #[must_use]
    pub fn new(at: ExposureRef, catalogue: watch::Receiver<Arc<Catalogue>>, shared: Arc<Shared>) -> Self {
        let limits = shared.limits;
        let core = Arc::new(Core::new(at, catalogue, shared));
        let end = CancellationToken::new();
        let sessions = Sessions::new(limits.sessions, core.peers.clone());
        let mut config = StreamableHttpServerConfig::default()
            .with_json_response(true)
            .with_sse_retry(None)
            .with_max_request_body_bytes(limits.body)
            .with_cancellation_token(end.clone())
            .disable_allowed_hosts()
            .disable_allowed_origins();
        config.session_store = Some(Arc::new(sessions.clone()));
        let handler = Handler::new(core.clone());
        let service = StreamableHttpService::new(move || Ok(handler.clone()), Arc::new(sessions.clone()), config);
        Self { core, service, sessions, limits, running: TaskTracker::new(), end }
    }

    /// Answers a request of somebody who was let in, whatever its method and path. `capability` is the one of the snapshot its
    /// listener took.
    pub(crate) async fn answer<B>(
        &self,
        request: Request<B>,
        capability: Arc<Capability>,
        principal: Principal,
        record: &mut AccessRecord,
    ) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BodyError>,
    {
        let running = self.running.token();
        let (mut parts, body) = request.into_parts();
        let session = http::session(&parts.headers);
        let owner = session.and_then(|id| self.sessions.owner(id));
        if owner.is_some_and(|owner| owner != principal) {
            // To anybody else it is not there.
            return http::unknown_session();
        }
        let ends_unknown = session.is_some() && owner.is_none() && parts.method == Method::DELETE;
        let may_stream = http::names_stream(&parts.headers);
        http::accept(&mut parts.headers, &parts.method);
        let (call, method) = (record.elsewhere(), parts.method.clone());
        let mut bytes = Bytes::new();
        if method == Method::POST {
            bytes = match self.message(&mut parts, body).await {
                Ok(bytes) => bytes,
                Err(refusal) => return refusal,
            };
            // In a box: few messages' futures are as large.
            let direct = Box::pin(direct::answer(&self.core, &capability, (&parts.headers, &bytes), &call));
            if let Some(answer) = self.end.run_until_cancelled(direct).await.unwrap_or_else(|| Some(http::cut_off())) {
                return answer;
            }
        }
        parts.extensions.insert(capability.clone());
        parts.extensions.insert(principal);
        parts.extensions.insert(call);
        let is_json = http::is_json(&parts.headers);
        // Boxed: the protocol's future is large, and every frame around it would move it on.
        let handled = Box::pin(self.service.handle(Request::from_parts(parts, Full::new(bytes.clone()))));
        let caller = (Caller { principal, peer: record.peer() }, bytes.len());
        let begun = self.core.turns().begin(bytes.len(), handled);
        let (response, refusal) = request::within(capability, caller, begun).await;
        if let Some(refusal) = refusal {
            return http::refused_by_session(&refusal);
        }
        match response.status() {
            StatusCode::ACCEPTED if ends_unknown => http::unknown_session(),
            StatusCode::ACCEPTED if method == Method::DELETE => http::ended(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE if method == Method::POST && is_json => {
                self.core.turns().run(bytes.len(), || http::no_message(&bytes)).await
            }
            StatusCode::INTERNAL_SERVER_ERROR if !http::is_json(response.headers()) => http::cut_off(),
            _ if !http::is_stream(&response) => http::whole(response).await,
            _ if method != Method::POST => http::streamed(response, None),
            _ => self.streamed((response, running), &bytes, may_stream, record).await,
        }
    }

    /// A stream that answers a message: as it is for clients that read streams, else its one answer.
    async fn streamed(
        &self,
        (response, running): (Response<BoxBody<Bytes, Infallible>>, TaskTrackerToken),
        message: &[u8],
        may_stream: bool,
        record: &mut AccessRecord,
    ) -> Response<Body> {
        if self.core.turns().run(message.len(), || http::subscribes(message)).await {
            return http::streamed(response, Some(running));
        }
        if !may_stream {
            return http::single(self.core.turns(), response).await;
        }
        record.ends_with_the_stream();
        http::streamed(response, Some(running))
    }

    /// The bytes of a message, without the encoding they came in.
    async fn message<B>(&self, parts: &mut Parts, body: B) -> Result<Bytes, Response<Body>>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BodyError>,
    {
        let received = http::body(self.core.buffers(), body, self.limits.body).await;
        http::decoded(parts, received, self.limits.body, (self.core.buffers(), self.core.turns())).await
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
