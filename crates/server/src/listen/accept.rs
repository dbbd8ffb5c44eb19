//! Listeners: sockets, the accept loop, and connections that end gracefully. What is answered is the work of whoever they are
//! handed.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{Arc, Weak},
    time::Duration,
};

use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::answer::Answer;
use crate::shared::Limits;

/// How long a connection may take to send a request's head; also how long it may stay idle.
const HEAD_TIME: Duration = Duration::from_secs(75);
/// How long a connection may take to send its first byte.
const FIRST_BYTE: Duration = Duration::from_secs(30);

/// A bound socket that does not answer yet. Callers who connect wait.
#[derive(Debug)]
pub(crate) struct Bound {
    socket: Arc<TcpListener>,
    /// Where it really listens.
    pub(crate) address: SocketAddr,
}

/// Binds an address. Everything that can fail happens here; within a Tokio runtime.
///
/// # Errors
/// What the system says: taken, not ours, not permitted.
pub(crate) fn bind(address: SocketAddr) -> io::Result<Bound> {
    bound(std::net::TcpListener::bind(address)?)
}

/// A socket that is bound already.
pub(super) fn bound(socket: std::net::TcpListener) -> io::Result<Bound> {
    socket.set_nonblocking(true)?;
    let address = socket.local_addr()?;
    Ok(Bound { socket: Arc::new(TcpListener::from_std(socket)?), address })
}

/// A listener that answers.
#[derive(Clone, Debug)]
pub(crate) struct Listening {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The socket, for as long as the loop that accepts has it.
    pub(super) socket: Weak<TcpListener>,
    stop: CancellationToken,
    connections: TaskTracker,
}

impl Bound {
    /// Begins to answer.
    pub(crate) fn start(self, answerer: Arc<dyn Answer>, limits: Limits) -> Listening {
        let stop = CancellationToken::new();
        let connections = TaskTracker::new();
        let socket = Arc::downgrade(&self.socket);
        connections.spawn(accept(self.socket, answerer, limits, stop.clone(), connections.clone()));
        Listening { address: self.address, socket, stop, connections }
    }
}

impl Listening {
    /// How many connections are open.
    #[must_use]
    pub(crate) fn connections(&self) -> usize {
        // The loop that accepts is one of them.
        self.connections.len().saturating_sub(usize::from(!self.stop.is_cancelled()))
    }

    /// Stops accepting, lets connections finish their requests, and waits for them no longer than `limit`.
    pub(crate) async fn drain(&self, limit: Duration) {
        self.stop.cancel();
        self.connections.close();
        if tokio::time::timeout(limit, self.connections.wait()).await.is_err() {
            let left = self.connections.len();
            tracing::warn!(address = %self.address, left, "connections are cut: the drain took too long");
        }
    }
}

async fn accept(
    listener: Arc<TcpListener>,
    answerer: Arc<dyn Answer>,
    limits: Limits,
    stop: CancellationToken,
    connections: TaskTracker,
) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let server = Arc::new(server(limits));
    loop {
        let Ok(permit) = room.clone().acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let (answerer, server, stop) = (answerer.clone(), server.clone(), stop.clone());
                connections.spawn(async move {
                    connection(stream, answerer, &server, stop).await;
                    drop(permit);
                });
            }
            Err(error) => {
                // Out of file descriptors, or a connection that died in the queue: nothing to do but to go on.
                tracing::debug!(%error, "accept failed");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

fn server(limits: Limits) -> auto::Builder<TokioExecutor> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(limits.headers.max(8192))
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(limits.headers).unwrap_or(u32::MAX))
        .keep_alive_interval(Duration::from_secs(30))
        .max_concurrent_streams(256);
    server
}

async fn connection(
    stream: TcpStream,
    answerer: Arc<dyn Answer>,
    server: &auto::Builder<TokioExecutor>,
    stop: CancellationToken,
) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let (mut first, mut last) = ([0], [0]);
    let spoken = tokio::select! {
        spoken = tokio::time::timeout(FIRST_BYTE, stream.peek(&mut first)) => matches!(spoken, Ok(Ok(1))),
        // A request that is under way when the drain begins is still answered.
        () = stop.cancelled() => {
            let now = tokio::time::timeout(Duration::ZERO, stream.peek(&mut last));
            matches!(now.await, Ok(Ok(1)))
        }
    };
    if !spoken {
        return;
    }
    let service = service_fn(move |request| {
        let answer = answerer.clone().answer(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let connection = server.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "connection ended");
    }
}
