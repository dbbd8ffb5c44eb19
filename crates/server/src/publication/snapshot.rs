//! What is published at one moment, and the handle through which everyone sees the present moment.

use std::{collections::BTreeMap, sync::Arc};

use arc_swap::ArcSwap;
use tokio::sync::watch;

use super::{slot::ListenerId, table::Table};
use crate::{capability::catalogue::Catalogue, finding::Finding};

/// Everything that is served at one moment. Immutable.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The documents.
    pub catalogue: Arc<Catalogue>,
    /// What stands between a document and its listeners: routes and ports that others have.
    pub notices: BTreeMap<Arc<str>, Vec<Finding>>,
    /// What each listener answers.
    pub listeners: BTreeMap<ListenerId, Arc<Table>>,
}

/// The handle to the present snapshot. There is one per process.
#[derive(Debug, Default)]
pub struct Live {
    current: ArcSwap<Snapshot>,
    catalogue: watch::Sender<Arc<Catalogue>>,
}

impl Live {
    /// The present snapshot. Take it once per request.
    #[must_use]
    pub fn current(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Makes `snapshot` the present one, in one step, and wakes those who follow its documents.
    pub fn publish(&self, snapshot: Snapshot) {
        let catalogue = snapshot.catalogue.clone();
        self.current.store(Arc::new(snapshot));
        self.catalogue.send_replace(catalogue);
    }

    /// The documents of each publication, for those who follow them without a request.
    #[must_use]
    pub fn catalogue(&self) -> watch::Receiver<Arc<Catalogue>> {
        self.catalogue.subscribe()
    }

    /// What one listener answers at present.
    pub(crate) fn table(&self, listener: ListenerId) -> Option<Arc<Table>> {
        self.current.load().listeners.get(&listener).cloned()
    }
}
