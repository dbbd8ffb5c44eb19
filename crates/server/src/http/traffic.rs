//! What happens on one connection, as its requests and whoever watches over it tell each other. Counts and marks; who judges them
//! stands elsewhere.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
};

/// What happens on one connection. All of it is looked at from time to time and orders nothing else.
#[derive(Debug)]
pub(crate) struct Traffic {
    peer: IpAddr,
    /// Requests that have begun.
    begun: AtomicU32,
    /// Requests whose answer is not handed over yet.
    in_flight: AtomicU32,
    /// Requests whose body has not arrived yet.
    receiving: AtomicU32,
    reads: AtomicU32,
    writes: AtomicU32,
    /// Whether bytes came that belong to no request yet.
    head: AtomicBool,
    /// Whether a body was left unread.
    unread: AtomicBool,
    /// Whether requests share the connection.
    multiplexed: AtomicBool,
}

/// How things stand at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) begun: u32,
    pub(crate) in_flight: u32,
    pub(crate) receiving: u32,
    pub(crate) reads: u32,
    pub(crate) writes: u32,
    pub(crate) head: bool,
}

impl Traffic {
    /// Of a new connection.
    pub(crate) fn new(peer: SocketAddr) -> Self {
        Self {
            peer: peer.ip().to_canonical(),
            begun: AtomicU32::new(0),
            in_flight: AtomicU32::new(0),
            receiving: AtomicU32::new(0),
            reads: AtomicU32::new(0),
            writes: AtomicU32::new(0),
            head: AtomicBool::new(false),
            unread: AtomicBool::new(false),
            multiplexed: AtomicBool::new(false),
        }
    }

    /// Who is at the other end.
    pub(crate) fn peer(&self) -> IpAddr {
        self.peer
    }

    /// A request has begun; it is in flight until the guard is dropped.
    pub(crate) fn begin(self: &Arc<Self>, multiplexed: bool) -> InFlight {
        self.begun.fetch_add(1, Relaxed);
        self.in_flight.fetch_add(1, Relaxed);
        self.head.store(false, Relaxed);
        if multiplexed {
            self.multiplexed.store(true, Relaxed);
        }
        InFlight(self.clone())
    }

    /// Bytes came.
    pub(crate) fn read(&self) {
        self.reads.fetch_add(1, Relaxed);
        // What comes while an answer is on its way and no body is to come belongs to the next request.
        if self.in_flight.load(Relaxed) == 0 || self.receiving.load(Relaxed) == 0 {
            self.head.store(true, Relaxed);
        }
    }

    /// Bytes went.
    pub(crate) fn wrote(&self) {
        self.writes.fetch_add(1, Relaxed);
    }

    /// A body is to come.
    pub(crate) fn receiving(&self) {
        self.receiving.fetch_add(1, Relaxed);
    }

    /// A body has come, or is not wanted any more.
    pub(crate) fn received(&self, whole: bool) {
        self.receiving.fetch_sub(1, Relaxed);
        if !whole {
            self.unread.store(true, Relaxed);
        }
    }

    /// Whether a body was left unread.
    pub(crate) fn is_unread(&self) -> bool {
        self.unread.load(Relaxed)
    }

    /// How things stand.
    pub(crate) fn standing(&self) -> Standing {
        Standing {
            begun: self.begun.load(Relaxed),
            in_flight: self.in_flight.load(Relaxed),
            receiving: self.receiving.load(Relaxed),
            reads: self.reads.load(Relaxed),
            writes: self.writes.load(Relaxed),
            // Where requests share a connection, bytes may be about the connection itself.
            head: self.head.load(Relaxed) && !self.multiplexed.load(Relaxed),
        }
    }
}

/// A request that is in flight.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<Traffic>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
}
