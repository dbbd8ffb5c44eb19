//! What a reload would do: the whole pipeline up to the swap, and then everything is dropped.

use std::time::Instant;

use super::{
    bind::Publication,
    prepare::{Ready, Stopped},
    present::Present,
};
use crate::{
    finding::{Finding, ServerCode},
    publication::{
        history,
        report::{ListenerChanges, Preview},
        slot::Slot,
    },
};

/// What would come of what is ready.
pub(crate) fn preview(ready: Result<Ready, Stopped>, present: &Present, started: Instant) -> Preview {
    let Ready { candidate, publication } = match ready {
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
            .map(|publication| history::changes(before, &publication.capabilities))
            .unwrap_or_default(),
        warnings: capabilities.values().map(|capability| capability.findings.warnings()).sum(),
        listeners: Some(listeners(publication.as_ref(), present)),
        findings: candidate.findings,
        took: started.elapsed(),
    }
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
