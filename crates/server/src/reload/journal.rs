//! What is remembered of runs of the pipeline: the state beside the snapshot, the last publications, and the documents that are
//! gone while requests still run on them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwap;

use crate::{
    capability::instance::{Capabilities, Capability},
    publication::{
        history::History,
        report::Report,
        state::{PublicationState, Run},
    },
};

/// What is remembered.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    state: ArcSwap<PublicationState>,
    /// The last publications.
    pub(crate) history: History,
    /// Documents that are gone, until when.
    removed: Mutex<Vec<(Weak<Capability>, SystemTime)>>,
    /// What is confirmed and does not run yet: by id, the hash of the contract.
    confirmed: Mutex<BTreeMap<Arc<str>, String>>,
}

impl Journal {
    /// What is known beside the snapshot.
    pub(crate) fn state(&self) -> Arc<PublicationState> {
        self.state.load_full()
    }

    /// Remembers a run and what it left.
    pub(crate) fn remember(&self, mut state: PublicationState, report: &Report, successful: bool) {
        state.last = Some(Run {
            cause: report.cause,
            at: SystemTime::now(),
            took: report.took,
            compiled: report.compiled,
            successful,
            published: report.published,
        });
        self.state.store(Arc::new(state));
    }

    /// Remembers the documents that are gone now, as long as requests may run on them.
    pub(crate) fn removed(&self, before: &Capabilities, now: &Capabilities, drain: Duration) {
        let deadline = SystemTime::now() + drain;
        let gone = before.values().filter(|capability| !now.contains_key(&capability.id));
        let mut removed = self.removed.lock().unwrap_or_else(PoisonError::into_inner);
        removed.retain(|(capability, deadline)| capability.strong_count() > 0 && *deadline > SystemTime::now());
        removed.extend(gone.map(|capability| (Arc::downgrade(capability), deadline)));
    }

    /// Remembers what is confirmed of a document that runs.
    pub(crate) fn confirm(&self, id: Arc<str>, hash: String) {
        self.confirmed.lock().unwrap_or_else(PoisonError::into_inner).insert(id, hash);
    }

    /// What is confirmed.
    pub(crate) fn confirmed(&self) -> BTreeMap<Arc<str>, String> {
        self.confirmed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets what was confirmed of documents that are others now: a confirmation is of one step from what runs.
    pub(crate) fn used(&self, before: &Capabilities, now: &Capabilities) {
        let is_same = |id: &Arc<str>| match (before.get(id), now.get(id)) {
            (Some(before), Some(now)) => Arc::ptr_eq(before, now),
            _ => false,
        };
        self.confirmed.lock().unwrap_or_else(PoisonError::into_inner).retain(|id, _| is_same(id));
    }

    /// Documents that are gone and still answer what they began with.
    pub(crate) fn draining(&self) -> Vec<(Arc<str>, SystemTime)> {
        let removed = self.removed.lock().unwrap_or_else(PoisonError::into_inner);
        let alive = removed.iter().filter(|(_, deadline)| *deadline > SystemTime::now());
        alive.filter_map(|(capability, deadline)| Some((capability.upgrade()?.id.clone(), *deadline))).collect()
    }
}
