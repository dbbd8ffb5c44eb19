//! What runs at one moment, and the handle through which everyone sees the present moment.

use std::{collections::BTreeMap, sync::Arc};

use arc_swap::ArcSwap;
use capstan_plan::{Exposure, ExposureKind};
use tokio::sync::watch;

use crate::{
    capability::{
        instance::{Capability, ExposureRef},
        removed_tools::RemovedTools,
    },
    finding::Finding,
    publication::table::Table,
};

/// Names a listener across reloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ListenerId(pub u32);

/// Everything that is served at one moment. Immutable.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Counts publications; 0 is the empty snapshot before the first.
    pub generation: u64,
    /// Every document, by id.
    pub capabilities: BTreeMap<Arc<str>, Arc<Capability>>,
    /// What stands between a document and its listeners: routes and ports that others have.
    pub notices: BTreeMap<Arc<str>, Vec<Finding>>,
    /// What each listener answers.
    pub listeners: BTreeMap<ListenerId, Arc<Table>>,
}

impl Snapshot {
    /// The capability and exposure of that name, while they exist and serve.
    #[must_use]
    pub fn exposure(&self, at: &ExposureRef) -> Option<(&Arc<Capability>, &Exposure)> {
        let capability = self.capabilities.get(&at.capability)?;
        Some((capability, capability.exposure(&at.key)?))
    }
}

/// The handle to the present snapshot. There is one per process.
#[derive(Debug)]
pub struct Live {
    current: ArcSwap<Snapshot>,
    removed_tools: ArcSwap<RemovedTools>,
    changes: watch::Sender<u64>,
}

impl Default for Live {
    fn default() -> Self {
        Self { current: ArcSwap::default(), removed_tools: ArcSwap::default(), changes: watch::Sender::new(0) }
    }
}

impl Live {
    /// The present snapshot. Take it once per request.
    #[must_use]
    pub fn current(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Makes `snapshot` the present one, in one step.
    pub fn publish(&self, snapshot: Snapshot) {
        let generation = snapshot.generation;
        let removed_tools = self.removed_tools.load().after(&self.current.load(), &snapshot);
        self.removed_tools.store(Arc::new(removed_tools));
        self.current.store(Arc::new(snapshot));
        self.changes.send_replace(generation);
    }

    /// What to say of a tool that is gone.
    #[must_use]
    pub fn removal_notice(&self, at: &ExposureRef, name: &str) -> Option<String> {
        let current = self.current.load();
        let (_, exposure) = current.exposure(at)?;
        let ExposureKind::Mcp(mcp) = &exposure.kind else { return None };
        self.removed_tools.load().removal_notice(at, name, &mcp.tools)
    }

    /// Wakes after each publication, with the generation.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// What one listener answers at present.
    pub(crate) fn table(&self, listener: ListenerId) -> Option<Arc<Table>> {
        self.current.load().listeners.get(&listener).cloned()
    }
}
