//! What the log hears of a publication: what changed for callers, what waits for a confirmation, and warnings that are new. Failures
//! are told by `failures`.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    capability::surface::Change,
    finding::Warning,
    publication::{snapshot::Snapshot, state::HeldBack},
};

/// This many changes of one run are told; `/status` has the others.
const CHANGES: usize = 50;
/// This many new warnings of one document are told; `capstan check` has the others.
const WARNINGS: usize = 10;

/// Tells what changed for callers. What breaks them or calls something else comes first and is a warning.
pub(super) fn published(changes: &[Change]) {
    let (loud, quiet): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(|change| change.is_loud());
    for change in loud.iter().take(CHANGES) {
        tracing::warn!(capability = &*change.capability, class = change.class.name(), "{}", change.sentence());
    }
    for change in quiet.iter().take(CHANGES) {
        tracing::info!(capability = &*change.capability, class = change.class.name(), "{}", change.sentence());
    }
    if let Some(more) = loud.len().checked_sub(CHANGES).filter(|more| *more > 0) {
        tracing::warn!("{more} more changes like these; /status lists them");
    }
    if let Some(more) = quiet.len().checked_sub(CHANGES).filter(|more| *more > 0) {
        tracing::info!("{more} more changes that callers do not notice");
    }
}

/// Tells what waits now and did not before.
pub(super) fn held(now: &HeldBack, before: &HeldBack) {
    let new = |id: &Arc<str>, hash: &str| before.get(id).is_none_or(|known| known.hash != hash);
    for (id, held) in now.iter().filter(|(id, held)| new(id, &held.hash)) {
        let (capability, hash) = (&**id, &*held.hash);
        tracing::warn!(
            capability,
            hash,
            "held back: it breaks callers; the version before it keeps running until POST /config/accept"
        );
        for change in held.changes.iter().filter(|change| change.is_breaking()).take(CHANGES) {
            tracing::warn!(capability, class = change.class.name(), "would break callers: {}", change.sentence());
        }
    }
}

/// Tells the warnings that documents have now and had not before.
pub(super) fn warnings(found: &BTreeMap<Arc<str>, Vec<Warning>>, before: &Snapshot, now: &Snapshot) {
    for (id, warnings) in found {
        let (old, new) = (before.catalogue.capabilities.get(id), now.catalogue.capabilities.get(id));
        let is_published = match (old, new) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(old), Some(new)) => !Arc::ptr_eq(&old.fingerprint, &new.fingerprint),
        };
        if !is_published {
            continue;
        }
        let is_known = |warning: &&Warning| old.is_some_and(|old| old.findings.has_warned(warning.identity));
        let new: Vec<&Warning> = warnings.iter().filter(|warning| !is_known(warning)).collect();
        for warning in new.iter().take(WARNINGS) {
            tracing::warn!(capability = &**id, "{}", warning.line);
        }
        if let Some(more) = new.len().checked_sub(WARNINGS).filter(|more| *more > 0) {
            tracing::warn!(capability = &**id, "{more} more new warnings; `capstan check` lists them");
        }
    }
}
