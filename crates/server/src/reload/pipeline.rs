//! The pipeline: read, link, activate, lay out, bind, publish. What can fail happens before the one swap, and what a run that
//! fails has opened is closed with it.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, PoisonError, atomic::Ordering},
    time::{Instant, SystemTime},
};

use crate::{
    finding::Finding,
    http::guard::Guard,
    listen::dispatch::Dispatch,
    publication::{
        history,
        layout::{Slot, Tables},
        snapshot::{ListenerId, Snapshot},
        state::{Cause, PublicationState, Run},
    },
    reload::{
        bind::{Present, Publication, bind},
        candidate::{self, Candidate, Known, Unreadable},
    },
    serve::{Drain, Report, Running, StartError},
};

/// A run of the pipeline that got as far as the swap.
struct Ready {
    candidate: Candidate,
    /// None when what would be served is what is.
    publication: Option<Publication>,
}

/// Why a run did not get as far.
enum Stopped {
    /// Nothing can be said of the documents.
    Unreadable(Finding),
    /// The server does not start.
    Start(StartError),
}

impl Running {
    /// Reads everything anew and publishes what changed. Whatever is wrong with what is on disk, what runs goes on.
    ///
    /// # Errors
    /// [`StartError`] when this is the start and nothing can be served.
    pub async fn reload(self: &Arc<Self>, cause: Cause) -> Result<Report, StartError> {
        let _one_at_a_time = self.reload.lock().await;
        let started = Instant::now();
        let before = self.live.current();
        let this = self.clone();
        let snapshot = before.clone();
        let prepared = tokio::task::spawn_blocking(move || this.prepare(&snapshot)).await;
        let ready = match prepared {
            Ok(ready) => ready,
            // A defect of ours, met while reading a document. What runs is untouched.
            Err(error) => {
                Err(Stopped::Unreadable(Finding::plain("internal", format!("loading failed: {error}"), None, None)))
            }
        };
        let first = before.generation == 0;
        let report = match ready {
            Ok(ready) => self.finish(ready, &before, cause, started),
            Err(Stopped::Start(error)) => return Err(error),
            Err(Stopped::Unreadable(finding)) if first => {
                return Err(StartError { message: finding.message.to_string(), findings: vec![finding] });
            }
            Err(Stopped::Unreadable(finding)) => self.reject_all(finding, &before, cause, started),
        };
        self.log(&report, first);
        self.reloaded.notify_one();
        Ok(report)
    }

    /// Everything that can fail.
    fn prepare(&self, before: &Snapshot) -> Result<Ready, Stopped> {
        let (addresses, tables) = (self.addresses(), self.tables(before));
        let state = self.state.load_full();
        let known =
            Known { snapshot: before, rejected: &state.rejected, sandboxes: &state.sandboxes, addresses: &addresses };
        let mut candidate =
            candidate::prepare(&self.settings, &self.shared, known).map_err(|unreadable| match unreadable {
                Unreadable::Path(path) => Stopped::Start(StartError::new(format!("{} does not exist", path.display()))),
                Unreadable::Environment(why) => {
                    Stopped::Unreadable(Finding::plain("unreadable-file", format!("--env-file {why}"), None, None))
                }
            })?;
        if before.generation == 0 {
            self.refuse(&candidate).map_err(Stopped::Start)?;
        }
        if before.generation > 0 && !state.retry && is_same(&candidate, before, &state) {
            return Ok(Ready { candidate, publication: None });
        }
        let present = Present { snapshot: before, tables: &tables, addresses: &addresses };
        let publication = bind(&self.settings, &mut candidate, present).map_err(Stopped::Start)?;
        Ok(Ready { candidate, publication: Some(publication) })
    }

    /// What forbids a start.
    fn refuse(&self, candidate: &Candidate) -> Result<(), StartError> {
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
        if !self.settings.strict {
            return Ok(());
        }
        let mut findings = all();
        for capability in candidate.capabilities.values() {
            for missing in capability.engine().map(|engine| engine.missing()).unwrap_or_default() {
                let message = format!("{} is not set", missing.name);
                findings.push(Finding::plain("missing-secret", message, Some(&missing.origin), None));
            }
        }
        match findings.len() {
            0 => Ok(()),
            n => Err(StartError { message: format!("--strict: {n} errors"), findings }),
        }
    }

    /// Publishes what is ready and remembers what is not served.
    fn finish(self: &Arc<Self>, ready: Ready, before: &Snapshot, cause: Cause, started: Instant) -> Report {
        let Ready { mut candidate, publication } = ready;
        let mut rejected = std::mem::take(&mut candidate.rejected);
        let mut published = false;
        let mut changes = Vec::new();
        if let Some(mut publication) = publication {
            rejected = std::mem::take(&mut publication.rejected);
            if before.generation == 0 || self.is_news(&publication, before) {
                published = true;
                self.publish(publication, before);
                self.track_removed(before);
                let now = self.live.current();
                // At the start there is nothing to compare with.
                if before.generation > 0 {
                    changes = history::changes(before, &now);
                }
                self.history.add(now.generation, cause, started.elapsed(), changes.clone());
                self.shared.metrics.retain(|id| now.capabilities.contains_key(id));
            }
        }
        let snapshot = self.live.current();
        let provisional = |capability: &Arc<crate::capability::instance::Capability>| capability.provisional;
        let retry = rejected.values().any(provisional) || snapshot.capabilities.values().any(provisional);
        let clean = rejected.is_empty() && candidate.findings.is_empty();
        let known = self.state.load();
        let state = PublicationState {
            rejected,
            sandboxes: candidate.sandboxes,
            findings: candidate.findings,
            folders: candidate.folders.into_iter().collect(),
            retry: retry || snapshot.notices.values().flatten().any(|notice| notice.code == "port-conflict"),
            success: if clean { Some(SystemTime::now()) } else { known.success },
            last: None,
        };
        let mut report = Report {
            generation: snapshot.generation,
            published,
            cause,
            took: started.elapsed(),
            compiled: candidate.compiled,
            changes,
            findings: state.findings.clone(),
            skipped: candidate.skipped,
            rejected: state.rejected.values().cloned().collect(),
        };
        self.remember(state, &mut report, clean);
        report
    }

    /// Nothing could be read: everything stays as it is.
    fn reject_all(&self, finding: Finding, before: &Snapshot, cause: Cause, started: Instant) -> Report {
        let known = self.state.load_full();
        let state = PublicationState {
            rejected: known.rejected.clone(),
            sandboxes: known.sandboxes.clone(),
            findings: vec![finding],
            folders: known.folders.clone(),
            retry: true,
            success: known.success,
            last: None,
        };
        let mut report = Report {
            generation: before.generation,
            cause,
            took: started.elapsed(),
            findings: state.findings.clone(),
            rejected: known.rejected.values().cloned().collect(),
            ..Report::default()
        };
        self.remember(state, &mut report, false);
        report
    }

    fn remember(&self, mut state: PublicationState, report: &mut Report, successful: bool) {
        state.last = Some(Run {
            cause: report.cause,
            at: SystemTime::now(),
            took: report.took,
            compiled: report.compiled,
            successful,
            published: report.published,
        });
        self.state.store(Arc::new(state));
    }

    /// Whether anyone would notice.
    fn is_news(&self, publication: &Publication, before: &Snapshot) -> bool {
        let listeners = self.addresses();
        !same(&publication.capabilities, &before.capabilities)
            || !publication.bound.is_empty()
            || listeners.keys().any(|slot| !publication.tables.contains_key(slot))
            || self.tables(before).iter().any(|(slot, table)| match (&**table, slot) {
                (crate::publication::table::Table::Port(_), Slot::Sandbox(_)) => {
                    publication.tables.get(slot).is_none_or(|now| !Arc::ptr_eq(now, table))
                }
                _ => false,
            })
            || notices(&publication.notices) != notices(&before.notices)
    }

    /// What each listener answers at present.
    fn tables(&self, snapshot: &Snapshot) -> Tables {
        let listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        let table =
            |(slot, (id, _)): (&Slot, &(ListenerId, _))| Some((slot.clone(), snapshot.listeners.get(id)?.clone()));
        listeners.iter().filter_map(table).collect()
    }

    /// The one swap, then the loops that accept. Nothing here fails.
    fn publish(self: &Arc<Self>, publication: Publication, before: &Snapshot) {
        let Publication { capabilities, rejected: _, tables, notices, mut bound } = publication;
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        let mut answers = BTreeMap::new();
        let mut starting = Vec::new();
        for (slot, table) in tables {
            let id = match listeners.get(&slot) {
                Some((id, _)) => *id,
                None => {
                    let Some(socket) = bound.remove(&slot) else { continue };
                    let id = ListenerId(self.next_listener.fetch_add(1, Ordering::Relaxed));
                    starting.push((slot, id, socket));
                    id
                }
            };
            answers.insert(id, table);
        }
        let kept: Vec<ListenerId> = answers.keys().copied().collect();
        let generation = before.generation + 1;
        self.live.publish(Snapshot { generation, capabilities, notices, listeners: answers });
        for (slot, id, socket) in starting {
            let dispatch = self.dispatch(&slot, id, socket.address);
            listeners.insert(slot, (id, socket.start(Arc::new(dispatch), self.shared.limits)));
        }
        let gone: Vec<Slot> =
            listeners.iter().filter(|(_, (id, _))| !kept.contains(id)).map(|(slot, _)| slot.clone()).collect();
        let limit = self.shared.limits.drain;
        for (_, listening) in gone.iter().filter_map(|slot| listeners.remove(slot)) {
            let drain =
                Drain { address: listening.address, deadline: SystemTime::now() + limit, listening: listening.clone() };
            self.draining.lock().unwrap_or_else(PoisonError::into_inner).push(drain);
            tokio::spawn(async move { listening.drain(limit).await });
        }
        drop(listeners);
        self.end_removed();
    }

    fn dispatch(self: &Arc<Self>, slot: &Slot, listener: ListenerId, address: SocketAddr) -> Dispatch {
        Dispatch {
            listener,
            loopback: address.ip().to_canonical().is_loopback(),
            live: self.live.clone(),
            shared: self.shared.clone(),
            running: Arc::downgrade(self),
            guard: match slot {
                // Requests keep the name of the host it stands in for.
                Slot::Sandbox(_) => Arc::new(Guard { hosts: vec!["*".to_owned()], origins: Vec::new() }),
                Slot::Gateway(_) | Slot::Declared(..) | Slot::Assigned(..) | Slot::Control(_) => self.guard.clone(),
            },
        }
    }

    /// Remembers what was replaced while requests still run on it.
    fn track_removed(&self, before: &Snapshot) {
        let now = self.live.current();
        let deadline = SystemTime::now() + self.shared.limits.drain;
        let gone = before.capabilities.values().filter(|capability| !now.capabilities.contains_key(&capability.id));
        let mut leaving = self.leaving.lock().unwrap_or_else(PoisonError::into_inner);
        leaving.retain(|(capability, deadline)| capability.strong_count() > 0 && *deadline > SystemTime::now());
        leaving.extend(gone.map(|capability| (Arc::downgrade(capability), deadline)));
    }

    /// What a reload would be made of.
    pub(crate) fn prepared(&self, before: &Snapshot) -> Result<(Candidate, Option<Publication>), Finding> {
        match self.prepare(before) {
            Ok(Ready { candidate, publication }) => Ok((candidate, publication)),
            Err(Stopped::Unreadable(finding)) => Err(finding),
            Err(Stopped::Start(error)) => Err(Finding::plain("unreadable-file", error.message, None, None)),
        }
    }

    /// Ends the sessions of MCP adapters that are gone.
    fn end_removed(&self) {
        let snapshot = self.live.current();
        let gone = self.shared.end_removed(|at| snapshot.exposure(at).is_some());
        let deadline = Instant::now() + self.shared.limits.drain;
        for endpoint in gone {
            tokio::spawn(async move { endpoint.drain(deadline).await });
        }
    }

    /// Tells the log once of each failure, and of its end.
    fn log(&self, report: &Report, first: bool) {
        let snapshot = self.live.current();
        let mut failures: BTreeMap<String, (Option<&str>, &Finding)> = BTreeMap::new();
        let key = |id: Option<&str>, finding: &Finding| {
            format!("{}\0{}\0{}\0{}", id.unwrap_or_default(), finding.code, finding.path, finding.message)
        };
        let of_rejected = report.rejected.iter().flat_map(|rejected| {
            let runs = snapshot.capabilities.get(&rejected.id);
            let new = rejected.errors().filter(move |e| runs.is_none_or(|runs| !runs.errors().any(|k| k.is_same(e))));
            new.map(|finding| (Some(&*rejected.id), finding))
        });
        let of_failing = snapshot.capabilities.values().filter(|capability| capability.plan().is_none());
        let of_failing = of_failing.flat_map(|failing| failing.errors().map(|finding| (Some(&*failing.id), finding)));
        let of_notices =
            snapshot.notices.iter().flat_map(|(id, all)| all.iter().map(move |finding| (Some(&**id), finding)));
        let of_nobody = report.findings.iter().map(|finding| (None, finding));
        for (id, finding) in of_rejected.chain(of_failing).chain(of_notices).chain(of_nobody) {
            failures.insert(key(id, finding), (id, finding));
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, (id, finding)) in failures.iter().filter(|(key, _)| !first && !told.contains(*key)) {
            let keeps = id.is_some_and(|id| snapshot.capabilities.get(id).is_some_and(|c| c.plan().is_some()));
            let then = if keeps { " (its last good version keeps running)" } else { "" };
            tracing::error!(capability = id, "not served{then}: {}", finding.rendered);
        }
        let mended = !told.is_empty() && failures.is_empty();
        *told = failures.into_keys().collect();
        if first {
            return;
        }
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
}

/// Whether the candidate is what runs.
fn is_same(candidate: &Candidate, before: &Snapshot, state: &PublicationState) -> bool {
    same(&candidate.capabilities, &before.capabilities)
        && candidate.bound.is_empty()
        && candidate.sandboxes.len() == state.sandboxes.len()
        && candidate.sandboxes.iter().all(|(slot, standin)| {
            state.sandboxes.get(slot).is_some_and(|runs| Arc::ptr_eq(&runs.table, &standin.table))
        })
}

fn same<T>(one: &BTreeMap<Arc<str>, Arc<T>>, other: &BTreeMap<Arc<str>, Arc<T>>) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|((a, x), (b, y))| a == b && Arc::ptr_eq(x, y))
}

fn notices(all: &BTreeMap<Arc<str>, Vec<Finding>>) -> Vec<(&str, &str)> {
    all.iter().flat_map(|(id, found)| found.iter().map(|finding| (&**id, &*finding.message))).collect()
}
