//! Listeners: sockets, the loop that accepts, and how a listener ends. What a connection does is its own business.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    answer::Answer,
    connection::Protocol,
    connections::{Connections, Order},
};
use crate::{http::traffic::Traffic, shared::Limits};

/// What is the matter is not said more often than this.
const SAID: Duration = Duration::from_secs(10);
/// How long to wait before trying again what the system refused.
const REFUSED: Duration = Duration::from_millis(20);
/// How long connections that are cut may take to notice.
const CUT: Duration = Duration::from_millis(500);

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
    /// Its number among those who share the room.
    number: u64,
    stop: CancellationToken,
    tasks: TaskTracker,
    room: Arc<Connections>,
}

impl Bound {
    /// Begins to answer.
    pub(crate) fn start(self, answerer: Arc<dyn Answer>, limits: Limits, room: &Arc<Connections>) -> Listening {
        let listening = Listening {
            address: self.address,
            socket: Arc::downgrade(&self.socket),
            number: room.number(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            room: room.clone(),
        };
        let protocol = Arc::new(Protocol::new(answerer, limits));
        listening.tasks.spawn(accept(self.socket, protocol, listening.clone()));
        listening
    }
}

impl Listening {
    /// How many connections are open.
    #[must_use]
    pub(crate) fn connections(&self) -> usize {
        // The loop that accepts is one of them, and has the socket.
        self.tasks.len().saturating_sub(usize::from(self.socket.strong_count() > 0))
    }

    /// Stops accepting, lets connections finish their requests, and cuts those that have not finished within `limit`.
    pub(crate) async fn drain(&self, limit: Duration) {
        self.stop.cancel();
        self.tasks.close();
        self.room.tell(self.number, Order::Drain);
        if tokio::time::timeout(limit, self.tasks.wait()).await.is_ok() {
            return;
        }
        let left = self.tasks.len();
        tracing::warn!(address = %self.address, left, "connections are cut: the drain took too long");
        self.room.tell(self.number, Order::Cut);
        let _ = tokio::time::timeout(CUT, self.tasks.wait()).await;
    }
}

async fn accept(listener: Arc<TcpListener>, protocol: Arc<Protocol>, listening: Listening) {
    let Listening { address, number, stop, tasks, room, .. } = listening;
    let (mut full, mut refused) = (Complaint::default(), Complaint::default());
    loop {
        let pressed = || {
            full.say(|| {
                let most = room.most();
                tracing::warn!(%address, most, "every connection there may be is taken: idle ones are closed");
            });
        };
        let permit = tokio::select! {
            biased;
            permit = room.room(pressed) => permit,
            () = stop.cancelled() => return,
        };
        let Some(permit) = permit else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // Who waits to be accepted already is still answered.
            () = stop.cancelled() => match waiting(&listener) {
                Some(accepted) => Ok(accepted),
                None => return,
            },
        };
        match accepted {
            Ok((stream, peer)) => {
                refused.over(|| tracing::info!(%address, "connections are accepted again"));
                let place = room.enter(permit, number, Arc::new(Traffic::new(peer)));
                let protocol = protocol.clone();
                tasks.spawn(async move { protocol.serve(stream, &place).await });
                // One that came in while the listener ends was not told yet.
                if stop.is_cancelled() {
                    room.tell(number, Order::Drain);
                }
            }
            // A connection that died in the queue is nobody's concern.
            Err(error) if is_of_one(&error) => tracing::debug!(%error, "accept failed"),
            Err(error) => {
                refused.say(|| {
                    tracing::warn!(
                        %address, %error,
                        "connections cannot be accepted (raise the limit of open files: ulimit -n); idle ones are closed"
                    );
                });
                room.thin_out();
                tokio::time::sleep(REFUSED).await;
            }
        }
    }
}

/// A connection that waits to be accepted at this moment. Asks the system, not what was heard of it.
fn waiting(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    let (socket, peer) = SockRef::from(listener).accept().ok()?;
    socket.set_nonblocking(true).ok()?;
    Some((TcpStream::from_std(socket.into()).ok()?, peer.as_socket()?))
}

/// Whether it concerns one connection and not the process.
fn is_of_one(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | ConnectionRefused | Interrupted)
}

/// Something that is the matter for a while and is said from time to time.
#[derive(Debug, Default)]
struct Complaint {
    said: Option<Instant>,
}

impl Complaint {
    fn say(&mut self, say: impl FnOnce()) {
        if self.said.is_none_or(|said| said.elapsed() >= SAID) {
            self.said = Some(Instant::now());
            say();
        }
    }

    fn over(&mut self, say: impl FnOnce()) {
        if self.said.take().is_some() {
            say();
        }
    }
}
