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
        for (_, failure) in failures.iter().filter(|(key, _)| !is_start && !told.contains(*key)) {
            let Failure { capability, means, finding } = failure;
            tracing::error!(capability, "{}: {}", means.words(), finding.rendered);
        }
        let mended = !told.is_empty() && failures.is_empty() && report.held.is_empty();
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
        let breaking = report.changes.iter().filter(|change| change.is_breaking()).count();
        tracing::info!(generation, cause, compiled, milliseconds, breaking, "reloaded");
    } else {
        tracing::debug!(cause, milliseconds, "nothing to reload");
    }
    if mended {
        tracing::info!("everything on disk runs");
    }
}

/// Something that does not run as it is on disk.
struct Failure<'f> {
    capability: Option<&'f str>,
    means: Means,
    finding: &'f Finding,
}

/// What a failure means for what is served.
#[derive(Clone, Copy)]
enum Means {
    /// What is on disk is turned down; the version before it runs.
    TurnedDown,
    /// Nothing of the document runs.
    Failing,
    /// The document runs, but not all of it.
    Partial,
    /// The document runs, but another one has a route or port it wants, or wants one it has.
    Conflict,
    /// No document is concerned.
    Nobody,
}

impl Means {
    fn words(self) -> &'static str {
        match self {
            Self::TurnedDown => "the save is turned down, the version before it keeps running",
            Self::Failing => "it does not run",
            Self::Partial => "it runs, but not all of it",
            Self::Conflict => "it runs, with a conflict",
            Self::Nobody => "something on disk is left out",
        }
    }
}

/// Everything that does not run as it is on disk, with the document concerned.
fn failures<'f>(report: &'f Report, snapshot: &'f Snapshot) -> BTreeMap<FailureId, Failure<'f>> {
    let capabilities = &snapshot.catalogue.capabilities;
    let of_rejected = report.rejected.iter().flat_map(|rejected| {
        let runs = capabilities.get(&rejected.id);
        let new = rejected.errors().filter(move |e| runs.is_none_or(|runs| !runs.errors().any(|k| k.is_same(e))));
        new.map(|finding| (Some(&*rejected.id), Means::TurnedDown, finding))
    });
    let of_running = capabilities.values().flat_map(|capability| {
        let means = if capability.plan().is_some() { Means::Partial } else { Means::Failing };
        capability.errors().map(move |finding| (Some(&*capability.id), means, finding))
    });
    let of_notices = snapshot
        .notices
        .iter()
        .flat_map(|(id, all)| all.iter().map(move |finding| (Some(&**id), Means::Conflict, finding)));
    let of_nobody = report.findings.iter().map(|finding| (None, Means::Nobody, finding));
    let key = |id: Option<&str>, finding: &Finding| FailureId {
        capability: id.map(Into::into),
        code: finding.code,
        path: finding.path.clone(),
        message: finding.message.clone(),
    };
    let all = of_rejected.chain(of_running).chain(of_notices).chain(of_nobody);
    all.map(|(id, means, finding)| (key(id, finding), Failure { capability: id, means, finding })).collect()
}
