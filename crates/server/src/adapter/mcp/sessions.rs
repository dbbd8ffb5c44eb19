//! Sessions of clients that speak a generation with `initialize`. There are only so many; who gives way to whom, and who rests, is
//! decided in `places`. A session is its opener's: nobody else finds it. An id of a request is good once until it is answered.
//!
//! A session that rests has no worker: rmcp's take some 80 KiB each, most of it room for messages that do not come. When something
//! comes, rmcp asks for what the client said at the beginning and says it again to a new worker.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use futures_util::Stream;
use rmcp::{
    model::{ClientJsonRpcMessage, RequestId, ServerJsonRpcMessage},
    transport::streamable_http_server::{
        RestoreOutcome, SessionId, SessionManager,
        session::{
            ServerSseMessage, SessionState, SessionStore, SessionStoreError,
            local::{LocalSessionManager, LocalSessionManagerError, SessionTransport},
        },
    },
};
use tokio::time::Instant;

use super::{
    peers::Peers,
    places::Places,
    request::{self, Refusal},
};
use crate::auth::Principal;

/// How the refusal of a session reads.
pub(super) const FULL: &str = "too many sessions are open; end one or try again later";

/// How often sessions are looked for that are over or go to rest.
const SWEEP: Duration = Duration::from_secs(10);

/// How long a worker is told that it ends.
const CLOSES: Duration = Duration::from_millis(200);

/// The longest `initialize`: what it says is kept.
const HELLO: usize = 64 << 10;

/// How many messages of a session wait for whoever reads them.
const CAPACITY: usize = 4;

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    /// There are too many.
    #[error("{FULL}")]
    Full,
    /// Its client says too much.
    #[error("an `initialize` may have {HELLO} bytes")]
    TooLong,
    /// A request has the id of one that is not answered yet.
    #[error("a request with this id is not answered yet")]
    Unanswered,
    /// It is not there, or broke.
    #[error(transparent)]
    Local(#[from] LocalSessionManagerError),
}

/// The sessions of one endpoint; clones share them.
#[derive(Clone)]
pub(super) struct Sessions(Arc<Kept>);

struct Kept {
    inner: LocalSessionManager,
    places: Mutex<Places>,
    /// Held while a worker goes to rest or comes back, so that nobody ends the next one for the last.
    moving: tokio::sync::Mutex<()>,
    peers: Arc<Peers>,
}

impl Kept {
    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the worker of a session that has no place any more.
    async fn end(&self, id: &SessionId) -> Result<(), SessionError> {
        let _moving = self.moving.lock().await;
        self.close(id).await
    }

    /// Ends a worker. One that does not listen notices by itself that nobody knows it any more.
    async fn close(&self, id: &SessionId) -> Result<(), SessionError> {
        let closed = tokio::time::timeout(CLOSES, self.inner.close_session(id)).await;
        Ok(closed.unwrap_or(Ok(()))?)
    }
}

impl Sessions {
    /// At most `limit` sessions. Those that end are `peers` no more.
    pub(super) fn new(limit: usize, peers: Arc<Peers>) -> Self {
        let mut inner = LocalSessionManager::default();
        // Idleness is judged here: rmcp would end sessions with running calls and open streams.
        inner.session_config.keep_alive = None;
        inner.session_config.sse_retry = None;
        inner.session_config.channel_capacity = CAPACITY;
        let (places, moving) = (Mutex::new(Places::new(limit)), tokio::sync::Mutex::default());
        Self(Arc::new(Kept { inner, places, moving, peers }))
    }

    /// Whose a session is, when it is there.
    pub(super) fn owner(&self, id: &str) -> Option<Principal> {
        self.0.places().owner(id)
    }

    /// Makes room for one more.
    async fn make_room(&self) -> Result<(), SessionError> {
        let (leaving, room) = self.0.places().make_room(request::caller().peer, Instant::now());
        for id in leaving {
            self.0.end(&id).await?;
        }
        if !room {
            request::refuse(Refusal::Full);
            return Err(SessionError::Full);
        }
        Ok(())
    }

    /// Ends sessions that are over, and lets those rest that nobody uses. Says whether it is worth looking again.
    pub(super) async fn sweep(&self, now: Instant) -> bool {
        let kept = &self.0;
        let (over, more) = kept.places().sweep(now);
        for id in over {
            // One that is gone already is gone.
            let _ = kept.end(&id).await;
        }
        {
            let _moving = kept.moving.lock().await;
            let resting = kept.places().rest(now);
            for id in resting {
                let _ = kept.close(&id).await;
            }
        }
        kept.peers.prune();
        more
    }

    /// How many sessions have a worker.
    #[cfg(test)]
    pub(super) async fn awake(&self) -> usize {
        self.0.inner.sessions.read().await.len()
    }

    fn held<S>(&self, id: &SessionId, request: Option<RequestId>, stream: S) -> Held
    where
        S: Stream<Item = ServerSseMessage> + Send + Sync + 'static,
    {
        self.0.places().hold(id, request.is_none());
        Held { stream: Box::pin(stream), id: id.clone(), request, kept: self.0.clone() }
    }
}

impl SessionManager for Sessions {
    type Error = SessionError;
    type Transport = SessionTransport;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), SessionError> {
        if request::length() > HELLO {
            request::refuse(Refusal::TooLong(HELLO));
            return Err(SessionError::TooLong);
        }
        self.make_room().await?;
        let (id, transport) = self.0.inner.create_session().await?;
        if self.0.places().enter(id.clone(), request::caller(), Instant::now()) {
            let kept = Arc::downgrade(&self.0);
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(SWEEP).await;
                    let Some(kept) = kept.upgrade() else { return };
                    if !Self(kept).sweep(Instant::now()).await {
                        return;
                    }
                }
            });
        }
        Ok((id, transport))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, SessionError> {
        Ok(self.0.inner.initialize_session(id, message).await?)
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, SessionError> {
        if self.0.places().rests(id) {
            return Ok(false);
        }
        Ok(self.0.inner.has_session(id).await?)
    }

    /// Comes from a client that ends its session, and from every worker that ended.
    async fn close_session(&self, id: &SessionId) -> Result<(), SessionError> {
        if self.0.places().rested(id) {
            return Ok(());
        }
        self.0.places().leave(id);
        self.0.end(id).await
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionError> {
        let request = match &message {
            ClientJsonRpcMessage::Request(request) => Some(request.id.clone()),
            _ => None,
        };
        if let Some(request) = &request
            && !self.0.places().begin(id, request)
        {
            request::refuse(Refusal::Unanswered(request.clone()));
            return Err(SessionError::Unanswered);
        }
        match self.0.inner.create_stream(id, message).await {
            Ok(stream) => Ok(self.held(id, request, stream)),
            Err(error) => {
                request.iter().for_each(|request| self.0.places().answered(id, request));
                Err(error.into())
            }
        }
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), SessionError> {
        self.0.places().touch(id);
        Ok(self.0.inner.accept_message(id, message).await?)
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionError> {
        let stream = self.0.inner.create_standalone_stream(id).await?;
        Ok(self.held(id, None, stream))
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionError> {
        let stream = self.0.inner.resume(id, last_event_id).await?;
        Ok(self.held(id, None, stream))
    }

    async fn restore_session(&self, id: SessionId) -> Result<RestoreOutcome<Self::Transport>, SessionError> {
        let _moving = self.0.moving.lock().await;
        if !self.0.places().wake(&id) {
            return Ok(RestoreOutcome::NotSupported);
        }
        Ok(self.0.inner.restore_session(id).await?)
    }
}

/// What rmcp wants to be kept of a session, and asks for when it wakes: it stands in the session's place.
impl SessionStore for Sessions {
    fn load<'s, 'i, 'f>(&'s self, id: &'i str) -> Stored<'f, Option<SessionState>>
    where
        's: 'f,
        'i: 'f,
    {
        let hello = self.0.places().hello(id);
        Box::pin(async move { Ok(hello.map(SessionState::new)) })
    }

    fn store<'s, 'i, 't, 'f>(&'s self, id: &'i str, state: &'t SessionState) -> Stored<'f, ()>
    where
        's: 'f,
        'i: 'f,
        't: 'f,
    {
        self.0.places().greet(id, state.initialize_params.clone());
        Box::pin(async { Ok(()) })
    }

    fn delete<'s, 'i, 'f>(&'s self, id: &'i str) -> Stored<'f, ()>
    where
        's: 'f,
        'i: 'f,
    {
        let id = SessionId::from(id);
        self.0.places().leave(&id);
        Box::pin(async move { Ok(self.0.end(&id).await?) })
    }
}

/// What a store answers, as `async_trait` writes it.
type Stored<'f, T> = Pin<Box<dyn Future<Output = Result<T, SessionStoreError>> + Send + 'f>>;

/// A stream that keeps its session, and the request it answers.
struct Held {
    stream: Pin<Box<dyn Stream<Item = ServerSseMessage> + Send + Sync>>,
    id: SessionId,
    request: Option<RequestId>,
    kept: Arc<Kept>,
}

impl Stream for Held {
    type Item = ServerSseMessage;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<ServerSseMessage>> {
        self.stream.as_mut().poll_next(cx)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut places = self.kept.places();
        places.release(&self.id);
        if let Some(request) = &self.request {
            places.answered(&self.id, request);
        }
    }
}
