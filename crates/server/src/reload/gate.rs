//! The publication gate: a change that breaks callers of what runs waits for a confirmation, where someone asked for that. The version
//! that runs decides (`hold-breaking`), else the operator (`--hold-breaking`). What is confirmed is a contract, by its hash: a save
//! that promises the same is the same. Before anything is bound, so that what waits opens nothing.

use std::{sync::Arc, time::SystemTime};

use super::{candidate::Candidate, present::Present};
use crate::{
    capability::{
        instance::Capability,
        surface::{self, Change, Reach, Surface},
    },
    publication::state::{Held, HeldBack},
    settings::Settings,
};

/// Puts what runs in the place of what has to wait.
pub(super) fn hold(settings: &Settings, candidate: &mut Candidate, present: &Present) -> HeldBack {
    let mut all = HeldBack::new();
    for (id, running) in &present.snapshot.catalogue.capabilities {
        let asked = running.plan().is_some_and(|plan| plan.hold_breaking.unwrap_or(settings.hold_breaking));
        let wanted = candidate.capabilities.get(id);
        if !asked || wanted.is_some_and(|wanted| Arc::ptr_eq(wanted, running)) {
            continue;
        }
        if let Some(held) = waits(reach(settings), running, wanted, present) {
            all.insert(id.clone(), Arc::new(held));
            candidate.capabilities.insert(id.clone(), running.clone());
        }
    }
    all
}

/// How callers reach what a process serves.
pub(super) fn reach(settings: &Settings) -> Reach {
    if settings.gateway.is_some() || settings.stdio.is_some() { Reach::Elsewhere } else { Reach::Declared }
}

/// What waits instead of running, when it breaks callers and nobody confirmed it.
fn waits(reach: Reach, running: &Capability, wanted: Option<&Arc<Capability>>, present: &Present) -> Option<Held> {
    let before = surface::of_capability(running)?;
    let after = wanted.and_then(|wanted| surface::of_capability(wanted));
    let changes = reach.changes(&running.id, Some(&before), after.as_ref());
    let hash = Surface::hash(after.as_ref(), &before);
    if !changes.iter().any(Change::is_breaking) || present.confirmed.get(&running.id) == Some(&hash) {
        return None;
    }
    let known = present.state.held.get(&running.id).filter(|known| known.hash == hash);
    let since = known.map_or_else(SystemTime::now, |known| known.since);
    Some(Held { waiting: wanted.cloned(), changes, hash, since })
}
