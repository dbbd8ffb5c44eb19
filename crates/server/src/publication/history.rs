//! The last publications: when, why, and what they changed for callers.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use capstan_engine::rfc3339;
use serde::Serialize;

use super::state::Cause;
use crate::capability::surface::Change;

/// How many are kept.
const KEPT: usize = 20;
/// How many changes of one publication are kept.
const CHANGES: usize = 200;

/// One publication.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Generation {
    generation: u64,
    at: String,
    cause: &'static str,
    milliseconds: u64,
    /// Whether callers may fail.
    breaking: bool,
    changes: Vec<Change>,
    #[serde(skip_serializing_if = "is_zero")]
    further_changes: usize,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// The last publications, newest first.
#[derive(Debug, Default)]
pub struct History(Mutex<VecDeque<Arc<Generation>>>);

impl History {
    /// Remembers a publication.
    pub fn add(&self, generation: u64, cause: Cause, took: Duration, mut changes: Vec<Change>) {
        let breaking = changes.iter().any(Change::is_breaking);
        let further_changes = changes.len().saturating_sub(CHANGES);
        changes.truncate(CHANGES);
        let one = Generation {
            generation,
            at: rfc3339(std::time::SystemTime::now()),
            cause: cause.name(),
            milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            breaking,
            changes,
            further_changes,
        };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front(Arc::new(one));
        kept.truncate(KEPT);
    }

    /// What is kept.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Generation>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
