//! What a client's exchanges leave behind for later ones: the one place for state that an activation must not lose. An
//! activation takes over the state of a client whose settings are the same; what no engine uses any more is dropped.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use capstan_plan::Client;
use sha2::{Digest as _, Sha256};

use super::limits::Limiter;
use crate::credential::{digest::DigestSession, upstream::UpstreamCredential};

/// What the exchanges of one client leave behind.
#[derive(Debug, Default)]
pub(crate) struct ClientState {
    /// The nonce of a Digest handshake.
    pub(crate) digest: DigestSession,
    /// What counts the client's limits, when it has some.
    pub(crate) limiter: Option<Limiter>,
}

/// The states of all clients of the process.
#[derive(Debug, Default)]
pub(crate) struct ClientStates(Mutex<HashMap<[u8; 32], Weak<ClientState>>>);

impl ClientStates {
    /// The state of a client: the one there is when its settings are the same. `sandboxed` ones are never mixed with real ones.
    pub(crate) fn of(&self, client: &Client, credential: &UpstreamCredential, sandboxed: bool) -> Arc<ClientState> {
        let handshake = match (credential.scheme.fingerprint(), &client.limits) {
            (Some(handshake), _) => handshake,
            (None, Some(_)) => Default::default(),
            // A client that leaves nothing behind needs no place.
            (None, None) => return Arc::default(),
        };
        let mut hash = Sha256::new();
        for part in [&*client.namespace, &*client.base_text] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        hash.update(handshake);
        // Limits are those of an account.
        hash.update(credential.fields.identity());
        hash.update(format!("{:?}", client.limits));
        hash.update([u8::from(sandboxed)]);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, state| state.strong_count() > 0);
        let key = hash.finalize().into();
        if let Some(state) = known.get(&key).and_then(Weak::upgrade) {
            return state;
        }
        let limiter = client.limits.map(Limiter::new);
        let state = Arc::new(ClientState { limiter, ..ClientState::default() });
        known.insert(key, Arc::downgrade(&state));
        state
    }
}
