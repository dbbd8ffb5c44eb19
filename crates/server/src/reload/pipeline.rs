//! One run after the other: prepare, publish what changed, remember and log what came of it. The start is the first run.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use capstan_engine::door;
use tokio::sync::{Mutex, Notify};

use super::{
    failures::FailureLog,
    gate,
    journal::Journal,
    news,
    prepare::{Ready, Stopped, prepare},
    present::Present,
    publish::{Publisher, is_news},
};
use crate::{
    bundle::proposal::Proposed,
    capability::{
        instance::Capability,
        surface::{self, Change},
    },
    finding::{Finding, ServerCode},
    publication::{
        report::{Report, StartError},
        snapshot::Snapshot,
        state::{Cause, PublicationState},
    },
    settings::Settings,
};

/// How long one file may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often that is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The disk has something and does not give it.
fn no_answer(path: &Path) -> Stopped {
    let message = format!("{}: the disk does not answer for more than {} s", path.display(), PATIENCE.as_secs());
    Stopped::Unreadable(Finding::plain(ServerCode::UnreadableFile, message, None, None))
}

/// The pipeline of a process.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) settings: Settings,
    pub(crate) publisher: Publisher,
    pub(crate) journal: Journal,
    failures: FailureLog,
    one_at_a_time: Mutex<()>,
    /// Wakes whoever watches files: there may be others now.
    pub(crate) reloaded: Notify,
}

impl Pipeline {
    /// The pipeline of a process that serves nothing yet.
    pub(crate) fn new(settings: Settings, publisher: Publisher) -> Self {
        Self {
            settings,
            publisher,
            journal: Journal::default(),
            failures: FailureLog::default(),
            one_at_a_time: Mutex::default(),
            reloaded: Notify::new(),
        }
    }

    /// Reads everything anew and publishes what changed. Whatever is wrong with what is on disk, what runs goes on.
    ///
    /// # Errors
    /// [`StartError`] when this is the start and nothing can be served.
    pub(crate) async fn reload(self: &Arc<Self>, cause: Cause) -> Result<Report, StartError> {
        let _one_at_a_time = self.one_at_a_time.lock().await;
        let started = Instant::now();
        let present = Arc::new(self.present());
        let is_start = present.is_start();
        let report = match self.prepared(present.clone(), None).await {
            Ok(ready) => self.finish(ready, &present, cause, started),
            Err(Stopped::Start(error)) => return Err(error),
            Err(Stopped::Unreadable(finding)) if is_start => {
                return Err(StartError { message: finding.message.to_string(), findings: vec![finding] });
            }
            Err(Stopped::Unreadable(finding)) => self.keep_everything(finding, &present, cause, started),
        };
        self.failures.log(&report, &self.snapshot(), is_start);
        self.reloaded.notify_one();
        Ok(report)
    }

    /// What a reload would publish now, and what it would be compared with. No reload begins meanwhile.
    pub(crate) async fn rehearse(
        self: &Arc<Self>,
        proposed: Option<Arc<Proposed>>,
    ) -> (Result<Ready, Stopped>, Arc<Present>) {
        let _one_at_a_time = self.one_at_a_time.lock().await;
        let present = Arc::new(self.present());
        (self.prepared(present.clone(), proposed).await, present)
    }

    /// What is published.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.publisher.live.current()
    }

    fn present(&self) -> Present {
        let snapshot = self.snapshot();
        let tables = self.publisher.tables(&snapshot);
        Present {
            snapshot,
            state: self.journal.state(),
            tables,
            addresses: self.publisher.listeners.addresses(),
            sockets: self.publisher.listeners.sockets(),
            leaving: self.publisher.listeners.leaving(),
            confirmed: self.journal.confirmed(),
        }
    }

    async fn prepared(
        self: &Arc<Self>,
        present: Arc<Present>,
        proposed: Option<Arc<Proposed>>,
    ) -> Result<Ready, Stopped> {
        // A run that hangs already is not joined by another.
        if let Some(path) = door::stuck(PATIENCE) {
            return Err(no_answer(&path));
        }
        let this = self.clone();
        let work = move || prepare(&this.settings, &this.publisher.context.shared, &present, proposed.as_deref());
        let mut work = tokio::task::spawn_blocking(work);
        let done = loop {
            match tokio::time::timeout(LOOK, &mut work).await {
                Ok(done) => break done,
                Err(_) => {
                    // What it reads is of no use when it comes; it closes what it opened.
                    if let Some(path) = door::stuck(PATIENCE) {
                        return Err(no_answer(&path));
                    }
                }
            }
        };
        done.unwrap_or_else(|error| {
            // A defect of ours, met while reading a document. What runs is untouched.
            let message = format!("loading failed: {error}");
            Err(Stopped::Unreadable(Finding::plain(ServerCode::Internal, message, None, None)))
        })
    }

    /// Publishes what is ready and remembers what is not served.
    fn finish(&self, ready: Ready, present: &Present, cause: Cause, started: Instant) -> Report {
        let Ready { mut candidate, publication, held } = ready;
        let mut rejected = std::mem::take(&mut candidate.rejected);
        let mut report =
            Report { cause, compiled: candidate.compiled, skipped: candidate.skipped, ..Report::default() };
        if let Some(mut publication) = publication {
            rejected = std::mem::take(&mut publication.rejected);
            if present.is_start() || is_news(&publication, present) {
                report.published = true;
                self.publisher.publish(publication, &present.snapshot);
                report.changes = self.published(&present.snapshot, cause, started);
            }
        }
        let snapshot = self.snapshot();
        let provisional = |capability: &Arc<Capability>| capability.provisional;
        let retry = rejected.values().chain(snapshot.catalogue.capabilities.values()).any(provisional);
        let clean = rejected.is_empty() && held.is_empty() && candidate.findings.is_empty();
        let is_port = |notice: &Finding| notice.server == Some(ServerCode::PortConflict);
        let state = PublicationState {
            rejected,
            held,
            sandboxes: candidate.sandboxes,
            findings: candidate.findings,
            folders: candidate.folders.into_iter().collect(),
            retry: retry || candidate.in_want || snapshot.notices.values().flatten().any(is_port),
            success: if clean { Some(SystemTime::now()) } else { present.state.success },
            last: None,
        };
        report.generation = snapshot.catalogue.generation;
        report.took = started.elapsed();
        report.findings.clone_from(&state.findings);
        report.rejected = state.rejected.values().cloned().collect();
        report.held.clone_from(&state.held);
        if !present.is_start() {
            news::held(&state.held, &present.state.held);
            news::published(&report.changes);
            news::warnings(&candidate.warnings, &present.snapshot, &snapshot);
        }
        self.journal.remember(state, &report, clean);
        report
    }

    /// Remembers a publication.
    fn published(&self, before: &Snapshot, cause: Cause, started: Instant) -> Vec<Change> {
        let shared = &self.publisher.context.shared;
        let now = self.snapshot();
        let (old, new) = (&before.catalogue.capabilities, &now.catalogue.capabilities);
        self.journal.removed(old, new, shared.limits.drain);
        self.journal.used(old, new);
        // At the start there is nothing to compare with.
        let changes = if before.catalogue.generation > 0 {
            surface::changes(old, new, gate::reach(&self.settings))
        } else {
            Vec::new()
        };
        self.journal.history.add(now.catalogue.generation, cause, started.elapsed(), changes.clone());
        shared.metrics.retain(|id| new.contains_key(id));
        changes
    }

    /// Nothing could be read: everything stays as it is.
    fn keep_everything(&self, finding: Finding, present: &Present, cause: Cause, started: Instant) -> Report {
        let known = &present.state;
        let state = PublicationState {
            rejected: known.rejected.clone(),
            held: known.held.clone(),
            sandboxes: known.sandboxes.clone(),
            findings: vec![finding],
            folders: known.folders.clone(),
            retry: true,
            success: known.success,
            last: None,
        };
        let report = Report {
            generation: present.snapshot.catalogue.generation,
            cause,
            took: started.elapsed(),
            findings: state.findings.clone(),
            rejected: known.rejected.values().cloned().collect(),
            held: known.held.clone(),
            ..Report::default()
        };
        self.journal.remember(state, &report, false);
        report
    }
}
