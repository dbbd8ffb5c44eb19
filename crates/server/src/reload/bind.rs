//! Between a candidate and its publication: listeners are laid out and bound. A port that is not to be had turns down the
//! document that wants it and no other; dropping the publication closes everything it opened.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::SocketAddr,
    sync::Arc,
};

use crate::{
    capability::instance::Capability,
    finding::{Finding, Findings},
    listen::accept::{self, Bound},
    publication::{
        layout::{self, Layout, Slot, Tables},
        snapshot::Snapshot,
        state::Rejected,
        table::Table,
    },
    reload::candidate::Candidate,
    serve::StartError,
    settings::Settings,
};

/// What is about to be published.
#[derive(Debug)]
pub(crate) struct Publication {
    pub(crate) capabilities: BTreeMap<Arc<str>, Arc<Capability>>,
    pub(crate) rejected: Rejected,
    pub(crate) tables: Tables,
    pub(crate) notices: BTreeMap<Arc<str>, Vec<Finding>>,
    /// Sockets of the listeners that are new.
    pub(crate) bound: BTreeMap<Slot, Bound>,
}

/// What serves at present.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Present<'p> {
    pub(crate) snapshot: &'p Snapshot,
    pub(crate) tables: &'p Tables,
    pub(crate) addresses: &'p BTreeMap<Slot, SocketAddr>,
}

/// Finds a place for everything. Within a Tokio runtime.
///
/// # Errors
/// At the start, when a listener cannot be bound.
pub(crate) fn bind(
    settings: &Settings,
    candidate: &mut Candidate,
    present: Present<'_>,
) -> Result<Publication, StartError> {
    let mut bound: BTreeMap<Slot, Bound> = std::mem::take(&mut candidate.bound).into_iter().collect();
    let mut capabilities = std::mem::take(&mut candidate.capabilities);
    let mut rejected = std::mem::take(&mut candidate.rejected);
    let mut unserved: BTreeSet<Slot> = BTreeSet::new();
    let mut refusals: Vec<(Arc<str>, Finding)> = Vec::new();
    loop {
        let known = &present.snapshot.capabilities;
        let (old, new): (Vec<_>, Vec<_>) =
            capabilities.values().partition(|capability| known.contains_key(&capability.id));
        let mut layout = layout::layout(settings, old.into_iter().chain(new), present.tables);
        for (slot, standin) in &candidate.sandboxes {
            layout.tables.insert(slot.clone(), standin.table.clone());
        }
        layout.tables.retain(|slot, _| !unserved.contains(slot));
        let mut failed = Vec::new();
        for slot in layout.tables.keys() {
            if present.addresses.contains_key(slot) || bound.contains_key(slot) {
                continue;
            }
            match accept::bind(slot.address()) {
                Ok(socket) => {
                    bound.insert(slot.clone(), socket);
                }
                Err(error) => failed.push((slot.clone(), error)),
            }
        }
        if failed.is_empty() {
            bound.retain(|slot, _| layout.tables.contains_key(slot));
            for (id, refusal) in refusals {
                layout.notices.entry(id).or_default().push(refusal);
            }
            let Layout { tables, notices } = layout;
            return Ok(Publication { capabilities, rejected, tables, notices, bound });
        }
        for (slot, error) in failed {
            let finding = cannot_bind(&slot, &layout.tables, present.addresses, &error);
            if present.snapshot.generation == 0 {
                return Err(StartError { message: finding.message.to_string(), findings: vec![finding] });
            }
            unserved.insert(slot.clone());
            for id in members(layout.tables.get(&slot)) {
                let Some(wants) = capabilities.get(&id).cloned() else { continue };
                let refused = || {
                    let findings = Findings::one(finding.clone());
                    let (path, fingerprint) = (wants.path.clone(), wants.fingerprint.clone());
                    Arc::new(Capability::refused(id.clone(), path, fingerprint, findings))
                };
                match known.get(&id) {
                    Some(runs) if Arc::ptr_eq(runs, &wants) => refusals.push((id.clone(), finding.clone())),
                    Some(runs) if runs.plan().is_some() => {
                        capabilities.insert(id.clone(), runs.clone());
                        rejected.insert(id.clone(), refused());
                    }
                    Some(runs) if runs.errors().any(|known| known.message == finding.message) => {
                        capabilities.insert(id.clone(), runs.clone());
                    }
                    _ => {
                        capabilities.insert(id.clone(), refused());
                    }
                }
            }
        }
    }
}

/// Who answers at a listener.
fn members(table: Option<&Arc<Table>>) -> Vec<Arc<str>> {
    let Some(Table::Port(port)) = table.map(|table| &**table) else { return Vec::new() };
    let mut ids: Vec<_> = port.members().iter().map(|member| member.id.clone()).collect();
    ids.extend(port.mcp.iter().map(|mcp| mcp.capability.id.clone()));
    ids.sort();
    ids.dedup();
    ids
}

fn cannot_bind(slot: &Slot, tables: &Tables, addresses: &BTreeMap<Slot, SocketAddr>, error: &io::Error) -> Finding {
    let address = slot.address();
    let member = match tables.get(slot).map(|table| &**table) {
        Some(Table::Port(port)) => port.members().first().or(port.mcp.as_ref().map(|mcp| &mcp.capability)),
        Some(Table::Gateway(_) | Table::Control) | None => None,
    };
    let origin = member.and_then(|capability| {
        let here = |e: &&capstan_plan::Exposure| e.listen.port.is_some() && e.listen.port == slot.declared();
        Some(capability.plan()?.exposures.iter().find(here)?.origin.clone())
    });
    let who = match slot {
        Slot::Gateway(_) => " (--gateway)".to_owned(),
        Slot::Control(_) => " (--control)".to_owned(),
        _ => member.map(|member| format!(" for `{}`", member.id)).unwrap_or_default(),
    };
    let ours = addresses.iter().find(|(_, known)| address.port() != 0 && known.port() == address.port());
    let others = || tables.keys().find(|other| *other != slot && other.address().port() == address.port());
    let hint = match (error.kind(), slot.declared()) {
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
    };
    let message = format!("cannot listen on {address}{who}: {error}{hint}");
    Finding::plain("port-conflict", message, origin.as_ref(), None)
}
