//! What serves when a run of the pipeline begins.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use crate::{
    listen::takeover::Open,
    publication::{layout::Tables, slot::Slot, snapshot::Snapshot, state::PublicationState},
};

/// What a candidate is compared with.
#[derive(Debug, Default)]
pub(crate) struct Present {
    /// What is published.
    pub(crate) snapshot: Arc<Snapshot>,
    /// What is known beside it.
    pub(crate) state: Arc<PublicationState>,
    /// What each listener answers.
    pub(crate) tables: Tables,
    /// Where each listens.
    pub(crate) addresses: BTreeMap<Slot, SocketAddr>,
    /// The socket of each listener.
    pub(crate) sockets: BTreeMap<Slot, Open>,
    /// Sockets of listeners that end, and where they still have a port.
    pub(crate) leaving: Vec<(SocketAddr, Open)>,
    /// The contracts that are confirmed though they break callers: by id, the hash of each.
    pub(crate) confirmed: BTreeMap<Arc<str>, String>,
}

impl Present {
    /// Whether nothing was published yet.
    #[must_use]
    pub(crate) fn is_start(&self) -> bool {
        self.snapshot.catalogue.generation == 0
    }
}
