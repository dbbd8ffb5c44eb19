//! Everything of a run that can fail: read, link, activate, lay out, bind. What a run that fails has opened is closed with it.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    bind::{Publication, bind},
    candidate::{self, Candidate, Unreadable},
    gate,
    present::Present,
};
use crate::{
    bundle::proposal::Proposed,
    finding::{Finding, ServerCode},
    listen::descriptors,
    publication::{report::StartError, slot::Slot, state::HeldBack},
    settings::Settings,
    shared::Shared,
};

/// A run of the pipeline that got as far as the swap.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) candidate: Candidate,
    /// None when what would be served is what is.
    pub(crate) publication: Option<Publication>,
    /// What waits for a confirmation instead of being published.
    pub(crate) held: HeldBack,
}

/// Why a run did not get as far.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// Nothing can be said of the documents.
    Unreadable(Finding),
    /// The server does not start.
    Start(StartError),
}

/// Prepares a publication; nothing that serves is touched. Within a Tokio runtime.
pub(crate) fn prepare(
    settings: &Settings,
    shared: &Shared,
    present: &Present,
    proposed: Option<&Proposed>,
) -> Result<Ready, Stopped> {
    let in_want = descriptors::are_short();
    let mut candidate =
        candidate::prepare(settings, shared, present, proposed).map_err(|unreadable| match unreadable {
            Unreadable::Path(path) => Stopped::Start(StartError::new(format!("{} does not exist", path.display()))),
            Unreadable::Environment(why) => {
                let message = format!("--env-file {why}");
                Stopped::Unreadable(Finding::plain(ServerCode::UnreadableFile, message, None, None))
            }
        })?;
    candidate.in_want = in_want || descriptors::are_short();
    let held = gate::hold(settings, &mut candidate, present);
    if present.is_start() {
        may_start(settings, &candidate).map_err(Stopped::Start)?;
    } else if !present.state.retry && is_present(&candidate, present) {
        return Ok(Ready { candidate, publication: None, held });
    }
    let publication = bind(settings, &mut candidate, present).map_err(Stopped::Start)?;
    if present.is_start() && settings.stdio.is_none() {
        is_reachable(&publication).map_err(Stopped::Start)?;
    }
    Ok(Ready { candidate, publication: Some(publication), held })
}

/// What forbids a start.
fn may_start(settings: &Settings, candidate: &Candidate) -> Result<(), StartError> {
    let all = || {
        let of_documents = candidate.capabilities.values().flat_map(|c| c.errors().cloned());
        of_documents.chain(candidate.findings.iter().cloned()).collect::<Vec<_>>()
    };
    if !candidate.capabilities.values().any(|capability| capability.plan().is_some()) {
        let message = match candidate.capabilities.len() {
            0 => "no capability found".to_owned(),
            n => format!("none of {n} capabilities can be served"),
        };
        return Err(StartError { message, findings: all() });
    }
    if !settings.strict {
        return Ok(());
    }
    let mut findings = all();
    for capability in candidate.capabilities.values() {
        for missing in capability.engine().map(|engine| engine.missing()).unwrap_or_default() {
            let message = format!("{} is not set", missing.name);
            findings.push(Finding::plain(ServerCode::MissingSecret, message, Some(&missing.origin), None));
        }
    }
    match findings.len() {
        0 => Ok(()),
        n => Err(StartError { message: format!("--strict: {n} errors"), findings }),
    }
}

/// What nobody can come to is not served, however well it compiles.
fn is_reachable(publication: &Publication) -> Result<(), StartError> {
    let for_callers = |slot: &Slot| matches!(slot, Slot::Gateway(_) | Slot::Declared(..) | Slot::Assigned(..));
    if publication.tables.keys().any(for_callers) {
        return Ok(());
    }
    let errors = publication.capabilities.values().flat_map(|capability| capability.errors());
    let findings: Vec<Finding> = errors.chain(publication.notices.values().flatten()).cloned().collect();
    let message = match findings.is_empty() {
        true => "nothing is served: no document exposes anything; add `exposes`, or start with --auto-expose",
        false => "nothing is served: no adapter has a port; add `port`, or start with --gateway",
    };
    Err(StartError { message: message.to_owned(), findings })
}

/// Whether the candidate is what runs.
fn is_present(candidate: &Candidate, present: &Present) -> bool {
    let sandboxes = &present.state.sandboxes;
    same(&candidate.capabilities, &present.snapshot.catalogue.capabilities)
        && candidate.bound.is_empty()
        && candidate.sandboxes.len() == sandboxes.len()
        && candidate
            .sandboxes
            .iter()
            .all(|(slot, sandbox)| sandboxes.get(slot).is_some_and(|runs| Arc::ptr_eq(&runs.table, &sandbox.table)))
}

/// Whether two maps hold the very same things.
pub(super) fn same<T>(one: &BTreeMap<Arc<str>, Arc<T>>, other: &BTreeMap<Arc<str>, Arc<T>>) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|((a, x), (b, y))| a == b && Arc::ptr_eq(x, y))
}
