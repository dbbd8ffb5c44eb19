//! The contracts of what runs: with the values it lacks, and without listeners nobody is reached by.

use std::{collections::BTreeSet, sync::Arc};

use super::{change::Change, diff, promise::Surface};
use crate::capability::instance::{Capabilities, Capability};

/// How callers reach capabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Where the documents say.
    Declared,
    /// At one address for all, or without any: what documents say of listeners makes no difference.
    Elsewhere,
}

impl Reach {
    /// What differs between two versions of one capability for callers that reach it so.
    #[must_use]
    pub fn changes(self, id: &str, before: Option<&Surface>, after: Option<&Surface>) -> Vec<Change> {
        let seen = |surface: Option<&Surface>| {
            let mut surface = surface?.clone();
            if self == Self::Elsewhere {
                surface.listeners.clear();
            }
            Some(surface)
        };
        diff::of_one(id, seen(before).as_ref(), seen(after).as_ref())
    }
}

/// The contract of a capability that serves.
#[must_use]
pub fn of_capability(capability: &Capability) -> Option<Surface> {
    let missing = capability.engine().map(|engine| engine.missing()).unwrap_or_default();
    Some(Surface::lacking(capability.plan()?, missing.iter().map(|missing| &*missing.name)))
}

/// What differs for callers between what was published and what is.
#[must_use]
pub fn changes(before: &Capabilities, after: &Capabilities, reach: Reach) -> Vec<Change> {
    let ids: BTreeSet<&Arc<str>> = before.keys().chain(after.keys()).collect();
    let differs = |id: &&Arc<str>| match (before.get(*id), after.get(*id)) {
        (Some(one), Some(other)) => !Arc::ptr_eq(one, other),
        _ => true,
    };
    let surface = |all: &Capabilities, id: &Arc<str>| of_capability(all.get(id)?);
    ids.into_iter()
        .filter(differs)
        .flat_map(|id| reach.changes(id, surface(before, id).as_ref(), surface(after, id).as_ref()))
        .collect()
}
