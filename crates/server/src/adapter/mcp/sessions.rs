//! Sessions of clients that speak a generation with `initialize`. There are only so many; who gives way to whom is decided in
//! `places`. A session is its opener's: nobody else finds it. An id of a request is good once until it is answered.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll},
    time::Duration,
};

use futures_util::Stream;
use rmcp::{
    model::{ClientJsonRpcMessage, RequestId, ServerJsonRpcMessage},
    transport::streamable_http_server::{
        SessionId, SessionManager,
        session::{
            ServerSseMessage,
            local::{LocalSessionManager, LocalSessionManagerError, SessionTransport},
        },
    },
};
use tokio::time::Instant;

use super::{
    places::Places,
    request::{self, Refusal},
};
use crate::auth::Principal;

/// How the refusal of a session reads.
pub(super) const FULL: &str = "too many sessions are open; end one or try again later";

/// How often sessions are looked for that are over.
const SWEEP: Duration = Duration::from_secs(60);

/// How many messages of a session wait for whoever reads them.
const CAPACITY: usize = 4;

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    /// There are too many.
    #[error("{FULL}")]
    Full,
    /// A request has the id of one that is not answered yet.
    #[error("a request with this id is not answered yet")]
    Unanswered,
    /// It is not there, or broke.
    #[error(transparent)]
    Local(#[from] LocalSessionManagerError),
}

/// The sessions of one endpoint.
pub(super) struct Sessions {
    inner: Arc<LocalSessionManager>,
    places: Known,
}

type Known = Arc<Mutex<Places>>;

impl Sessions {
    /// At most `limit` sessions.
    pub(super) fn new(limit: usize) -> Self {
        let mut inner = LocalSessionManager::default();
        // Idleness is judged here: rmcp would end sessions with running calls and open streams.
        inner.session_config.keep_alive = None;
        inner.session_config.sse_retry = None;
        inner.session_config.channel_capacity = CAPACITY;
        Self { inner: Arc::new(inner), places: Arc::new(Mutex::new(Places::new(limit))) }
    }

    /// Whose a session is, when it is there.
    pub(super) fn owner(&self, id: &str) -> Option<Principal> {
        places(&self.places).owner(id)
    }

    /// Makes room for one more.
    async fn make_room(&self) -> Result<(), SessionError> {
        let (leaving, room) = places(&self.places).make_room(request::caller().peer, Instant::now());
        for id in leaving {
            self.inner.close_session(&id).await?;
        }
        if !room {
            request::refuse(Refusal::Full);
            return Err(SessionError::Full);
        }
        Ok(())
    }

    fn held<S>(&self, id: &SessionId, request: Option<RequestId>, stream: S) -> Held
    where
        S: Stream<Item = ServerSseMessage> + Send + Sync + 'static,
    {
        places(&self.places).hold(id);
        Held { stream: Box::pin(stream), id: id.clone(), request, places: self.places.clone() }
    }
}

fn places(places: &Known) -> MutexGuard<'_, Places> {
    places.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SessionManager for Sessions {
    type Error = SessionError;
    type Transport = SessionTransport;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), SessionError> {
        self.make_room().await?;
        let (id, transport) = self.inner.create_session().await?;
        if places(&self.places).enter(id.clone(), request::caller(), Instant::now()) {
            tokio::spawn(sweep(Arc::downgrade(&self.inner), Arc::downgrade(&self.places)));
        }
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
        places(&self.places).leave(id);
        Ok(self.inner.close_session(id).await?)
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
            && !places(&self.places).begin(id, request)
        {
            request::refuse(Refusal::Unanswered(request.clone()));
            return Err(SessionError::Unanswered);
        }
        match self.inner.create_stream(id, message).await {
            Ok(stream) => Ok(self.held(id, request, stream)),
            Err(error) => {
                request.iter().for_each(|request| places(&self.places).answered(id, request));
                Err(error.into())
            }
        }
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), SessionError> {
        places(&self.places).touch(id);
        Ok(self.inner.accept_message(id, message).await?)
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionError> {
        let stream = self.inner.create_standalone_stream(id).await?;
        Ok(self.held(id, None, stream))
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionError> {
        let stream = self.inner.resume(id, last_event_id).await?;
        Ok(self.held(id, None, stream))
    }
}

/// Ends sessions that are over, as long as there are any.
async fn sweep(sessions: Weak<LocalSessionManager>, known: Weak<Mutex<Places>>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let (Some(sessions), Some(known)) = (sessions.upgrade(), known.upgrade()) else { return };
        let (over, more) = places(&known).sweep(Instant::now());
        for id in over {
            // One that is gone already is gone.
            let _ = sessions.close_session(&id).await;
        }
        if !more {
            return;
        }
    }
}

/// A stream that keeps its session, and the request it answers.
struct Held {
    stream: Pin<Box<dyn Stream<Item = ServerSseMessage> + Send + Sync>>,
    id: SessionId,
    request: Option<RequestId>,
    places: Known,
}

impl Stream for Held {
    type Item = ServerSseMessage;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<ServerSseMessage>> {
        self.stream.as_mut().poll_next(cx)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut places = places(&self.places);
        places.release(&self.id);
        if let Some(request) = &self.request {
            places.answered(&self.id, request);
        }
    }
}
