//! A port that goes from one listener to another: `0.0.0.0:80` is bound while `127.0.0.1:80` still answers, and the one that ends
//! loses nobody who came to it.
//!
//! Binding beside another one the system allows only between sockets that say so (`SO_REUSEPORT`), so both say it for that moment
//! and no longer: at any other time a port that is taken is taken. And closing a socket resets whoever is between knocking and being
//! let in, so a listener that ends stops hearing who knocks anew before it is closed: they knock again and find its successor.

use std::{
    io,
    net::{SocketAddr, TcpListener as StdListener},
    sync::{Arc, Weak},
    time::Duration,
};

use socket2::{Domain, Protocol, SockFilter, SockRef, Socket, Type};
use tokio::net::TcpListener;

use super::accept::{self, Bound, Listening};

/// As many connections may wait to be accepted; the system has a bound of its own.
const BACKLOG: i32 = 1024;

/// How long a connection may take to be made, by who began before the listener stopped hearing.
const HANDSHAKE: Duration = Duration::from_millis(200);

/// Drops what begins a connection (SYN without ACK, in the byte of flags of a TCP header) and lets everything else pass, in the classic
/// packet filter of Linux. Connections that are accepted inherit it, and it does nothing to them.
const NO_NEW_CONNECTION: [SockFilter; 5] = [
    SockFilter::new(0x30, 0, 0, 13),
    SockFilter::new(0x54, 0, 0, 0x12),
    SockFilter::new(0x15, 0, 1, 0x02),
    SockFilter::new(0x06, 0, 0, 0),
    SockFilter::new(0x06, 0, 0, u32::MAX),
];

/// The socket of a listener that answers, while it does.
#[derive(Clone, Debug)]
pub(crate) struct Open(pub(super) Weak<TcpListener>);

impl Open {
    /// Whether it is.
    pub(super) fn is_open(&self) -> bool {
        self.0.strong_count() > 0
    }

    /// From now on nobody begins a connection to it; who has begun is still let in.
    fn deafen(&self) {
        if let Some(socket) = self.0.upgrade()
            && let Err(error) = SockRef::from(&*socket).attach_filter(&NO_NEW_CONNECTION)
        {
            tracing::debug!(%error, "a listener ends without a filter: who connects in this moment may be reset");
        }
    }
}

/// Ends a listener while the process goes on: whoever has begun to connect is let in first.
pub(super) async fn retire(listening: &Listening, limit: Duration) {
    Open(listening.socket.clone()).deafen();
    tokio::time::sleep(HANDSHAKE).await;
    listening.drain(limit).await;
}

/// Binds an address whose port listeners have that are about to end.
///
/// # Errors
/// What the system says.
pub(crate) fn bind_beside(address: SocketAddr, ending: &[&Open]) -> io::Result<Bound> {
    let ending: Vec<Arc<TcpListener>> = ending.iter().filter_map(|open| open.0.upgrade()).collect();
    let share = |shared: bool| ending.iter().try_for_each(|socket| SockRef::from(&**socket).set_reuse_port(shared));
    share(true)?;
    let bound = listen(address);
    share(false)?;
    bound
}

fn listen(address: SocketAddr) -> io::Result<Bound> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_reuse_port(false)?;
    accept::bound(StdListener::from(socket))
}
