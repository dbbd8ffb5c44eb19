//! Between a candidate and its publication: listeners are laid out and bound. A port that is not to be had turns down the
//! document that wants it and no other; dropping the publication closes everything it opened.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::SocketAddr,
    sync::Arc,
};

use super::{candidate::Candidate, present::Present};
use crate::{
    capability::instance::{Capabilities, Capability},
    finding::{Finding, Findings, ServerCode},
    listen::{
        accept::{self, Bound},
        takeover::{self, Open},
    },
    publication::{
        layout::{self, Layout, Tables},
        report::StartError,
        slot::Slot,
        state::Rejected,
        table::Table,
    },
    settings::Settings,
};

/// What is about to be published.
#[derive(Debug)]
pub(crate) struct Publication {
    pub(crate) capabilities: Capabilities,
    pub(crate) rejected: Rejected,
    pub(crate) tables: Tables,
    pub(crate) notices: BTreeMap<Arc<str>, Vec<Finding>>,
    /// Sockets of the listeners that are new.
    pub(crate) bound: BTreeMap<Slot, Bound>,
}

/// Finds a place for everything. Within a Tokio runtime.
///
/// # Errors
/// At the start, when a listener cannot be bound.
pub(crate) fn bind(
    settings: &Settings,
    candidate: &mut Candidate,
    present: &Present,
) -> Result<Publication, StartError> {
    let mut draft = Draft {
        present,
        capabilities: std::mem::take(&mut candidate.capabilities),
        rejected: std::mem::take(&mut candidate.rejected),
        bound: std::mem::take(&mut candidate.bound).into_iter().collect(),
        unserved: BTreeSet::new(),
        refusals: Vec::new(),
    };
    loop {
        let layout = draft.layout(settings, candidate);
        let failed = draft.bind(&layout.tables);
        if failed.is_empty() {
            return Ok(draft.publication(layout));
        }
        for (slot, error) in failed {
            let finding = cannot_bind(&slot, &layout.tables, &present.addresses, &error);
            if present.is_start() {
                return Err(StartError { message: finding.message.to_string(), findings: vec![finding] });
            }
            draft.refuse(&slot, &layout.tables, &finding);
        }
    }
}

/// A publication whose listeners are not all bound yet.
struct Draft<'p> {
    present: &'p Present,
    capabilities: Capabilities,
    rejected: Rejected,
    bound: BTreeMap<Slot, Bound>,
    /// Listeners that are not to be had.
    unserved: BTreeSet<Slot>,
    /// What running documents miss without one of those.
    refusals: Vec<(Arc<str>, Finding)>,
}

impl Draft<'_> {
    fn layout(&self, settings: &Settings, candidate: &Candidate) -> Layout {
        let known = &self.present.snapshot.catalogue.capabilities;
        let (old, new): (Vec<_>, Vec<_>) =
            self.capabilities.values().partition(|capability| known.contains_key(&capability.id));
        let mut layout = layout::layout(settings, old.into_iter().chain(new), &self.present.tables);
        for (slot, sandbox) in &candidate.sandboxes {
            layout.tables.insert(slot.clone(), sandbox.table.clone());
        }
        layout.tables.retain(|slot, _| !self.unserved.contains(slot));
        layout
    }

    /// Binds what is not bound yet, and says what cannot be.
    fn bind(&mut self, tables: &Tables) -> Vec<(Slot, io::Error)> {
        let mut failed = Vec::new();
        for slot in tables.keys() {
            if self.present.addresses.contains_key(slot) || self.bound.contains_key(slot) {
                continue;
            }
            let ending = self.ending(slot.address(), tables);
            let bound = match accept::bind(slot.address()) {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && !ending.is_empty() => {
                    takeover::bind_beside(slot.address(), &ending)
                }
                bound => bound,
            };
            match bound {
                Ok(socket) => drop(self.bound.insert(slot.clone(), socket)),
                Err(error) => failed.push((slot.clone(), error)),
            }
        }
        failed
    }

    /// The sockets that have the port of an address and are about to end, or do.
    fn ending(&self, address: SocketAddr, tables: &Tables) -> Vec<&Open> {
        let has_port =
            |slot: &Slot| self.present.addresses.get(slot).is_some_and(|known| known.port() == address.port());
        let sockets = self.present.sockets.iter();
        let ending = sockets.filter(|(slot, _)| !tables.contains_key(*slot) && has_port(slot)).map(|(_, open)| open);
        let leaving = self.present.leaving.iter().filter(|(known, _)| known.port() == address.port());
        ending.chain(leaving.map(|(_, open)| open)).collect()
    }

    /// Goes on without a listener: documents that want it anew are turned down, those that run without it are told.
    fn refuse(&mut self, slot: &Slot, tables: &Tables, finding: &Finding) {
        self.unserved.insert(slot.clone());
        for id in members(tables.get(slot)) {
            let Some(wants) = self.capabilities.get(&id).cloned() else { continue };
            let refused = || {
                let (path, fingerprint) = (wants.path.clone(), wants.fingerprint.clone());
                Arc::new(Capability::refused(id.clone(), path, fingerprint, Findings::one(finding.clone())))
            };
            match self.present.snapshot.catalogue.capabilities.get(&id) {
                Some(runs) if Arc::ptr_eq(runs, &wants) => self.refusals.push((id.clone(), finding.clone())),
                Some(runs) if runs.plan().is_some() => {
                    self.capabilities.insert(id.clone(), runs.clone());
                    self.rejected.insert(id.clone(), refused());
                }
                Some(runs) if runs.errors().any(|known| known.is_same(finding)) => {
                    self.capabilities.insert(id.clone(), runs.clone());
                }
                _ => {
                    self.capabilities.insert(id.clone(), refused());
                }
            }
        }
    }

    fn publication(mut self, layout: Layout) -> Publication {
        let Layout { tables, mut notices } = layout;
        self.bound.retain(|slot, _| tables.contains_key(slot));
        for (id, refusal) in self.refusals {
            notices.entry(id).or_default().push(refusal);
        }
        Publication { capabilities: self.capabilities, rejected: self.rejected, tables, notices, bound: self.bound }
    }
}

/// Who answers at a listener.
fn members(table: Option<&Arc<Table>>) -> Vec<Arc<str>> {
    let Some(Table::Port(port)) = table.map(|table| &**table) else { return Vec::new() };
    port.capabilities().into_iter().map(|capability| capability.id.clone()).collect()
}

fn cannot_bind(slot: &Slot, tables: &Tables, addresses: &BTreeMap<Slot, SocketAddr>, error: &io::Error) -> Finding {
    let address = slot.address();
    let member = match tables.get(slot).map(|table| &**table) {
        Some(Table::Port(port)) => port.capabilities().first().copied(),
        Some(Table::Gateway(_) | Table::Control) | None => None,
    };
    let origin = member.and_then(|capability| {
        let here = |e: &&capstan_plan::Exposure| e.listen.port.is_some() && e.listen.port == slot.declared();
        let exposure = capability.plan()?.exposures.iter().find(here)?;
        Some(exposure.listen.origin.clone().unwrap_or_else(|| exposure.origin.clone()))
    });
    let who = match slot {
        Slot::Gateway(_) => " (--gateway)".to_owned(),
        Slot::Control(_) => " (--control)".to_owned(),
        _ => member.map(|member| format!(" for `{}`", member.id)).unwrap_or_default(),
    };
    let hint = hint(slot, tables, addresses, error);
    let message = format!("cannot listen on {address}{who}: {error}{hint}");
    // The same trouble at the same address is the same finding.
    Finding::plain(ServerCode::PortConflict, message, origin.as_ref(), None)
        .about(format!("{address} {:?}", error.kind()))
}

/// What may help.
fn hint(slot: &Slot, tables: &Tables, addresses: &BTreeMap<Slot, SocketAddr>, error: &io::Error) -> String {
    let address = slot.address();
    let ours = addresses.iter().find(|(_, known)| address.port() != 0 && known.port() == address.port());
    let others = || tables.keys().find(|other| *other != slot && other.address().port() == address.port());
    match (error.kind(), slot.declared()) {
        (io::ErrorKind::AddrInUse, _) if ours.is_some() => {
            let known = ours.map(|(_, known)| known.to_string()).unwrap_or_default();
            format!("; this process listens on {known} already: take another port, or restart it")
        }
        (io::ErrorKind::AddrInUse, _) if address.port() != 0 && others().is_some() => {
            let other = others().map(|other| other.address().to_string()).unwrap_or_default();
            format!("; this process is about to listen on {other}, which takes the port for all addresses")
        }
        (io::ErrorKind::AddrInUse, Some(port)) => {
            format!("; another process has it (`--listen {port}=127.0.0.1:0` takes any free port)")
        }
        (io::ErrorKind::PermissionDenied, Some(port)) => {
            format!("; ports below 1024 need a privilege (`--listen {port}=127.0.0.1:8080` takes another one)")
        }
        _ => String::new(),
    }
}
