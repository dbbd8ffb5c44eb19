//! What the log hears of runs: each failure once, and its end.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Mutex, PoisonError},
};

use crate::{
    finding::Finding,
    publication::{report::Report, snapshot::Snapshot},
};

/// Failures the log has told of and that still stand.
#[derive(Debug, Default)]
pub(crate) struct FailureLog(Mutex<HashSet<FailureId>>);

/// Names a failure across runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct FailureId {
    capability: Option<Box<str>>,
    code: &'static str,
    path: Box<str>,
    message: Box<str>,
}

impl FailureLog {
    /// Logs a run. The start is told elsewhere; its failures count as told.
    pub(crate) fn log(&self, report: &Report, snapshot: &Snapshot, is_start: bool) {
        let failures = failures(report, snapshot);
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, (id, finding)) in failures.iter().filter(|(key, _)| !is_start && !told.contains(*key)) {
            let runs = |id| snapshot.catalogue.capabilities.get(id).is_some_and(|c| c.plan().is_some());
            let then = if id.is_some_and(runs) { " (its last good version keeps running)" } else { "" };
            tracing::error!(capability = id, "not served{then}: {}", finding.rendered);
        }
        let mended = !told.is_empty() && failures.is_empty();
        *told = failures.into_keys().collect();
        if !is_start {
            outcome(report, mended);
        }
    }
}

fn outcome(report: &Report, mended: bool) {
    let milliseconds = u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX);
    let cause = report.cause.name();
    if report.published {
        let (generation, compiled) = (report.generation, report.compiled);
        tracing::info!(generation, cause, compiled, milliseconds, "reloaded");
    } else {
        tracing::debug!(cause, milliseconds, "nothing to reload");
    }
    if mended {
        tracing::info!("everything on disk runs");
    }
}

/// Everything that does not run as it is on disk, with the document concerned.
fn failures<'f>(report: &'f Report, snapshot: &'f Snapshot) -> BTreeMap<FailureId, (Option<&'f str>, &'f Finding)> {
    let capabilities = &snapshot.catalogue.capabilities;
    let of_rejected = report.rejected.iter().flat_map(|rejected| {
        let runs = capabilities.get(&rejected.id);
        let new = rejected.errors().filter(move |e| runs.is_none_or(|runs| !runs.errors().any(|k| k.is_same(e))));
        new.map(|finding| (Some(&*rejected.id), finding))
    });
    let of_failing = capabilities.values().filter(|capability| capability.plan().is_none());
    let of_failing = of_failing.flat_map(|failing| failing.errors().map(|finding| (Some(&*failing.id), finding)));
    let of_notices =
        snapshot.notices.iter().flat_map(|(id, all)| all.iter().map(move |finding| (Some(&**id), finding)));
    let of_nobody = report.findings.iter().map(|finding| (None, finding));
    let key = |id: Option<&str>, finding: &Finding| FailureId {
        capability: id.map(Into::into),
        code: finding.code,
        path: finding.path.clone(),
        message: finding.message.clone(),
    };
    let all = of_rejected.chain(of_failing).chain(of_notices).chain(of_nobody);
    all.map(|(id, finding)| (key(id, finding), (id, finding))).collect()
}
