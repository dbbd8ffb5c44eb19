//! Sessions of clients that speak a generation with `initialize`. There are only so many; one that runs a call or holds a
//! stream is never ended for being idle, and an idle one only when another client needs its place or after a day.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use futures_util::Stream;
use rmcp::{
    model::{ClientJsonRpcMessage, ServerJsonRpcMessage},
    transport::streamable_http_server::{
        SessionId, SessionManager,
        session::{
            ServerSseMessage,
            local::{LocalSessionManager, LocalSessionManagerError, SessionTransport},
        },
    },
};

use super::request;

/// How the refusal of a session reads.
pub(super) const FULL: &str = "too many sessions are open; end one or try again later";

/// Idle for this long, a session gives way to a new one.
const YIELDS: Duration = Duration::from_secs(5 * 60);

/// Idle for this long, a session ends.
const ENDS: Duration = Duration::from_secs(24 * 60 * 60);

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    /// There are too many.
    #[error("{FULL}")]
    Full,
    /// It is not there, or broke.
    #[error(transparent)]
    Local(#[from] LocalSessionManagerError),
}

/// The sessions of one endpoint.
pub(super) struct Sessions {
    inner: LocalSessionManager,
    limit: usize,
    uses: Uses,
}

/// How sessions are used.
type Uses = Arc<Mutex<HashMap<SessionId, Use>>>;

#[derive(Clone, Copy)]
struct Use {
    last: Instant,
    streams: usize,
}

impl Sessions {
    /// At most `limit` sessions.
    pub(super) fn new(limit: usize) -> Self {
        let mut inner = LocalSessionManager::default();
        // Idleness is judged here: rmcp would end sessions with running calls and open streams.
        inner.session_config.keep_alive = None;
        inner.session_config.sse_retry = None;
        Self { inner, limit, uses: Uses::default() }
    }

    fn touch(&self, id: &SessionId) {
        if let Some(use_) = uses(&self.uses).get_mut(id) {
            use_.last = Instant::now();
        }
    }

    /// Makes room for one more.
    async fn make_room(&self) -> Result<(), SessionError> {
        let leaving: Vec<SessionId> = {
            let uses = uses(&self.uses);
            let idle = |(id, u): (&SessionId, &Use)| (u.streams == 0).then(|| (u.last.elapsed(), id.clone()));
            let mut idle: Vec<_> = uses.iter().filter_map(idle).collect();
            idle.sort();
            let excess = (uses.len() + 1).saturating_sub(self.limit);
            // The longest idle first.
            let leaves = |at: usize, since: Duration| since >= ENDS || (at < excess && since >= YIELDS);
            let idle = idle.into_iter().rev().enumerate();
            idle.filter(|(at, (since, _))| leaves(*at, *since)).map(|(_, (_, id))| id).collect()
        };
        for id in leaving {
            self.close_session(&id).await?;
        }
        if uses(&self.uses).len() < self.limit {
            return Ok(());
        }
        request::refuse();
        Err(SessionError::Full)
    }

    fn held<S>(&self, id: &SessionId, stream: S) -> Held
    where
        S: Stream<Item = ServerSseMessage> + Send + Sync + 'static,
    {
        if let Some(use_) = uses(&self.uses).get_mut(id) {
            use_.last = Instant::now();
            use_.streams += 1;
        }
        Held { stream: Box::pin(stream), id: id.clone(), uses: self.uses.clone() }
    }
}

fn uses(uses: &Uses) -> MutexGuard<'_, HashMap<SessionId, Use>> {
    uses.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SessionManager for Sessions {
    type Error = SessionError;
    type Transport = SessionTransport;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), SessionError> {
        self.make_room().await?;
        let (id, transport) = self.inner.create_session().await?;
        uses(&self.uses).insert(id.clone(), Use { last: Instant::now(), streams: 0 });
        Ok((id, transport))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, SessionError> {
        Ok(self.inner.initialize_session(id, message).await?)
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, SessionError> {
        Ok(self.inner.has_session(id).await?)
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), SessionError> {
        uses(&self.uses).remove(id);
        Ok(self.inner.close_session(id).await?)
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionError> {
        let stream = self.inner.create_stream(id, message).await?;
        Ok(self.held(id, stream))
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), SessionError> {
        self.touch(id);
        Ok(self.inner.accept_message(id, message).await?)
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionError> {
        let stream = self.inner.create_standalone_stream(id).await?;
        Ok(self.held(id, stream))
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionError> {
        let stream = self.inner.resume(id, last_event_id).await?;
        Ok(self.held(id, stream))
    }
}

/// A stream that keeps its session.
struct Held {
    stream: Pin<Box<dyn Stream<Item = ServerSseMessage> + Send + Sync>>,
    id: SessionId,
    uses: Uses,
}

impl Stream for Held {
    type Item = ServerSseMessage;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<ServerSseMessage>> {
        self.stream.as_mut().poll_next(cx)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(use_) = uses(&self.uses).get_mut(&self.id) {
            use_.last = Instant::now();
            use_.streams = use_.streams.saturating_sub(1);
        }
    }
}
