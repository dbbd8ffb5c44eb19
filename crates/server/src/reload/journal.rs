//! What is remembered of runs of the pipeline: the state beside the snapshot, the last publications, and the documents that are
//! gone while requests still run on them.

use std::{
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

    /// Documents that are gone and still answer what they began with.
    pub(crate) fn draining(&self) -> Vec<(Arc<str>, SystemTime)> {
        let removed = self.removed.lock().unwrap_or_else(PoisonError::into_inner);
        let alive = removed.iter().filter(|(_, deadline)| *deadline > SystemTime::now());
        alive.filter_map(|(capability, deadline)| Some((capability.upgrade()?.id.clone(), *deadline))).collect()
    }
}
