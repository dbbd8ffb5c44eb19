//! What a reload would do, without doing it: the whole pipeline up to the swap, and then everything is dropped.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::{
    control::{endpoints::json, status},
    http::{body::Body, problem},
    publication::{history, layout::Slot, snapshot::Snapshot},
    serve::Running,
};

impl Running {
    /// Says what a reload would do now.
    pub(crate) async fn validate(self: &Arc<Self>) -> Response<Body> {
        let _one_at_a_time = self.reload.lock().await;
        let started = Instant::now();
        let this = self.clone();
        match tokio::task::spawn_blocking(move || this.rehearse(started)).await {
            Ok(outcome) => json(StatusCode::OK, &outcome),
            Err(error) => {
                let detail = format!("loading failed: {error}");
                problem::plain(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
            }
        }
    }

    fn rehearse(&self, started: Instant) -> Value {
        let before = self.live.current();
        let (candidate, publication) = match self.prepared(&before) {
            Ok(ready) => ready,
            Err(finding) => {
                return json!({"valid": false, "reloadable": false, "diagnostics": [status::full(&finding)]});
            }
        };
        let addresses = self.addresses();
        let known: BTreeSet<&Slot> = addresses.keys().collect();
        let shown = |slot: &Slot| addresses.get(slot).copied().unwrap_or(slot.address());
        let mut rejected = &candidate.rejected;
        let (mut changes, mut kept, mut added, mut dropped) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        match &publication {
            Some(publication) => {
                rejected = &publication.rejected;
                let capabilities = publication.capabilities.clone();
                changes = history::changes(&before, &Snapshot { capabilities, ..Snapshot::default() });
                for slot in publication.tables.keys() {
                    if known.contains(slot) { kept.push(shown(slot)) } else { added.push(shown(slot)) }
                }
                dropped =
                    known.iter().filter(|slot| !publication.tables.contains_key(*slot)).map(|s| shown(s)).collect();
            }
            None => kept = addresses.values().copied().collect(),
        }
        let diagnostics: Vec<Value> = rejected
            .values()
            .flat_map(|capability| {
                capability.errors().map(|finding| {
                    let mut full = status::full(finding);
                    if let Value::Object(members) = &mut full {
                        members.insert("capability".to_owned(), (*capability.id).into());
                    }
                    full
                })
            })
            .chain(candidate.findings.iter().map(status::full))
            .collect();
        let capabilities = publication.as_ref().map_or(&before.capabilities, |publication| &publication.capabilities);
        let warnings: u32 = capabilities.values().map(|capability| capability.findings.warnings()).sum();
        json!({
            "valid": diagnostics.is_empty(),
            "reloadable": diagnostics.is_empty(),
            "structuralChanges": !(added.is_empty() && dropped.is_empty()),
            "warnings": warnings,
            "diagnostics": diagnostics,
            "changes": changes,
            "breaking": changes.iter().any(|change| change.breaking),
            "listeners": {"kept": kept, "added": added, "dropped": dropped},
            "milliseconds": u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }
}
