//! The sessions of clients that are told of changes without asking.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use rmcp::{Peer, RoleServer};

/// The sessions that are told.
#[derive(Debug, Default)]
pub(super) struct Peers {
    known: Mutex<Vec<Peer<RoleServer>>>,
    watched: AtomicBool,
}

impl Peers {
    /// Those that are still there.
    pub(super) fn open(&self) -> Vec<Peer<RoleServer>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|peer| !peer.is_transport_closed());
        known.clone()
    }

    /// Forgets those that are gone.
    pub(super) fn prune(&self) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|peer| !peer.is_transport_closed());
        known.shrink_to_fit();
    }

    /// Adds a session. Says whether it is the first ever: then nobody tells them yet.
    pub(super) fn add(&self, peer: Peer<RoleServer>) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|peer| !peer.is_transport_closed());
        known.push(peer);
        !self.watched.swap(true, Ordering::AcqRel)
    }
}
