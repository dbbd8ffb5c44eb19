//! The endpoints of a process: made on first use, kept across publications, because sessions live in them.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use tokio::sync::watch;

use super::endpoint::McpEndpoint;
use crate::{
    capability::{catalogue::Catalogue, instance::ExposureRef},
    shared::Shared,
};

/// The endpoints of a process, by exposure.
pub(crate) struct Endpoints {
    known: Mutex<HashMap<ExposureRef, Arc<McpEndpoint>>>,
    catalogue: watch::Receiver<Arc<Catalogue>>,
    shared: Arc<Shared>,
}

impl Endpoints {
    /// None yet.
    pub(crate) fn new(catalogue: watch::Receiver<Arc<Catalogue>>, shared: Arc<Shared>) -> Self {
        Self { known: Mutex::default(), catalogue, shared }
    }

    /// The endpoint of an exposure: the one there is, or a new one. To be asked for once and kept.
    pub(super) fn get(&self, at: &ExposureRef) -> Arc<McpEndpoint> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(McpEndpoint::new(at.clone(), self.catalogue.clone(), self.shared.clone()));
        known.entry(at.clone()).or_insert_with(new).clone()
    }

    /// Lets go of the endpoints of exposures that are not published any more; they finish what runs until `deadline`.
    pub(crate) fn end_removed(&self, published: &Catalogue, deadline: Instant) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let removed: Vec<_> = known.keys().filter(|at| published.exposure(at).is_none()).cloned().collect();
        for endpoint in removed.iter().filter_map(|at| known.remove(at)) {
            tokio::spawn(async move { endpoint.drain(deadline).await });
        }
    }

    /// Ends all endpoints; they finish what runs until `deadline`.
    pub(crate) async fn drain(&self, deadline: Instant) {
        let all: Vec<_> = self.known.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        futures_util::future::join_all(all.iter().map(|endpoint| endpoint.drain(deadline))).await;
    }
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoints").finish_non_exhaustive()
    }
}
