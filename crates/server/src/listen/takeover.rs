//! Binding an address beside a listener that is about to end and has the same port: `0.0.0.0:80` while `127.0.0.1:80` still answers.
//! The system allows that only between sockets that say so (`SO_REUSEPORT`), so both say it for that moment and no longer: at any
//! other time a port that is taken is taken.

use std::{
    io,
    net::{SocketAddr, TcpListener as StdListener},
    sync::{Arc, Weak},
};

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::TcpListener;

use super::accept::{self, Bound};

/// As many connections may wait to be accepted; the system has a bound of its own.
const BACKLOG: i32 = 1024;

/// The socket of a listener that answers, while it does.
#[derive(Clone, Debug)]
pub(crate) struct Open(pub(super) Weak<TcpListener>);

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
