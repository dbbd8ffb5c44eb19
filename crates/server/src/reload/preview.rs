//! What a reload would do: the whole pipeline up to the swap, and then everything is dropped.

use std::{sync::Arc, time::Instant};

use super::{
    bind::Publication,
    prepare::{Ready, Stopped},
    present::Present,
};
use crate::{
    capability::surface::{self, Reach},
    finding::{Finding, ServerCode},
    publication::{
        report::{ListenerChanges, Preview},
        slot::Slot,
    },
};

/// What would come of what is ready.
pub(crate) fn preview(ready: Result<Ready, Stopped>, present: &Present, reach: Reach, started: Instant) -> Preview {
    let Ready { candidate, publication, held } = match ready {
        Ok(ready) => ready,
        Err(stopped) => {
            let finding = match stopped {
                Stopped::Unreadable(finding) => finding,
                Stopped::Start(error) => Finding::plain(ServerCode::UnreadableFile, error.message, None, None),
            };
            return Preview { findings: vec![finding], ..Preview::default() };
        }
    };
    let before = &present.snapshot.catalogue.capabilities;
    let rejected = publication.as_ref().map_or(&candidate.rejected, |publication| &publication.rejected);
    let capabilities = publication.as_ref().map_or(before, |publication| &publication.capabilities);
    Preview {
        rejected: rejected.values().cloned().collect(),
        changes: publication
            .as_ref()
            .map(|publication| surface::changes(before, &publication.capabilities, reach))
            .unwrap_or_default(),
        held,
        new: publication.as_ref().map(|publication| new(publication, present)).unwrap_or_default(),
        warnings: capabilities.values().map(|capability| capability.findings.warnings()).sum(),
        listeners: Some(listeners(publication.as_ref(), present)),
        findings: candidate.findings,
        took: started.elapsed(),
        root: None,
    }
}

/// Errors of documents that would be new or others, and conflicts there are not at present.
fn new(publication: &Publication, present: &Present) -> Vec<(Arc<str>, Finding)> {
    let known = &present.snapshot.catalogue.capabilities;
    let errors = publication.capabilities.iter().flat_map(|(id, capability)| {
        let before = known.get(id);
        let is_known =
            move |error: &&Finding| before.is_some_and(|before| before.errors().any(|known| known.is_same(error)));
        capability.errors().filter(move |error| !is_known(error)).map(|error| (id.clone(), error.clone()))
    });
    let notices = publication.notices.iter().flat_map(|(id, notices)| {
        let before = present.snapshot.notices.get(id);
        let is_known = move |notice: &&Finding| before.is_some_and(|before| before.contains(notice));
        notices.iter().filter(move |notice| !is_known(notice)).map(|notice| (id.clone(), notice.clone()))
    });
    errors.chain(notices).collect()
}

fn listeners(publication: Option<&Publication>, present: &Present) -> ListenerChanges {
    let known = &present.addresses;
    let Some(publication) = publication else {
        return ListenerChanges { kept: known.values().copied().collect(), ..ListenerChanges::default() };
    };
    let address = |slot: &Slot| known.get(slot).copied().unwrap_or(slot.address());
    let (kept, added): (Vec<_>, Vec<_>) = publication.tables.keys().partition(|slot| known.contains_key(*slot));
    let dropped = known.keys().filter(|slot| !publication.tables.contains_key(*slot));
    ListenerChanges {
        kept: kept.into_iter().map(address).collect(),
        added: added.into_iter().map(address).collect(),
        dropped: dropped.map(address).collect(),
    }
}
