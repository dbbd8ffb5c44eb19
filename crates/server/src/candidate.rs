//! The first half of the pipeline: read, link, activate. Makes a candidate from what stands on disk; nothing that serves is
//! touched, and dropping a candidate undoes all of it.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use capstan_engine::{Engine, Overrides, Timeouts};
use capstan_spec::{DocumentKind, Options};

use crate::{
    bundle::{self, Bundle, Source},
    capability::{Capability, State},
    compile::{self, Compiled},
    environment::{Environment, Variables},
    finding::Finding,
    layout::Slot,
    listen::{self, Bound},
    sandbox::{self, Cover},
    settings::Settings,
    shared::Shared,
    snapshot::Snapshot,
    table::Table,
};

/// What would be served, before it has listeners.
#[derive(Debug, Default)]
pub struct Candidate {
    /// Every document by id; those that did not change are the ones that run already.
    pub capabilities: BTreeMap<Arc<str>, Arc<Capability>>,
    /// The sandboxes' tables.
    pub sandboxes: BTreeMap<Slot, (SocketAddr, Table)>,
    /// Sandboxes that are new, with their sockets.
    pub bound: Vec<(Slot, Bound)>,
    /// What concerns no document that could carry it.
    pub findings: Vec<Finding>,
    /// Files that are no capabilities.
    pub skipped: Vec<std::path::PathBuf>,
    /// Documents whose errors are new, so that their last good version stays.
    pub rejected: Vec<Arc<Capability>>,
}

/// Why there is no candidate at all.
#[derive(Debug)]
pub enum Unreadable {
    /// A path that was named does not exist.
    Path(std::path::PathBuf),
    /// The file of variables cannot be read.
    Environment(String),
}

/// Reads everything anew, keeping what did not change from `before`.
///
/// # Errors
/// [`Unreadable`] when what the operator named is not there.
pub fn prepare(
    settings: &Settings,
    shared: &Shared,
    before: &Snapshot,
    addresses: &BTreeMap<Slot, SocketAddr>,
) -> Result<Candidate, Unreadable> {
    let bundle = bundle::find(&settings.paths).map_err(Unreadable::Path)?;
    let options = Options { strict: settings.strict, ..Options::default() };
    let mut candidate = Candidate { findings: complaints(&bundle), ..Candidate::default() };
    let mut cover = Cover::default();
    let environment = |values: Variables| Environment::read(settings.env_file.as_deref(), values);
    if settings.sandbox {
        let plain = environment(Variables::default()).map_err(Unreadable::Environment)?;
        for source in bundle.sandboxes.values() {
            let Some((slot, address)) = candidate.sandbox_address(source, addresses) else { continue };
            let compiled = compile::one(source, &options);
            if let Some(plan) = &compiled.plan {
                candidate.findings.extend(cover.add(plan, address));
            }
            let (capability, port) = sandbox::activate(source, compiled, address, &plain, shared);
            candidate.findings.extend(capability.errors().cloned());
            candidate.sandboxes.insert(slot, (address, Table::Port(port)));
        }
    }
    let environment = Arc::new(environment(cover.values).map_err(Unreadable::Environment)?);
    let overrides = overrides(settings, settings.sandbox.then_some(cover.targets));
    let stage = Stage { environment, overrides, shared };
    let mut changed = Vec::new();
    for source in bundle.sources.values() {
        let known = before.capabilities.get(&source.id).filter(|c| c.path == source.path && c.print.is_current());
        match known {
            Some(capability) => {
                candidate.capabilities.insert(source.id.clone(), capability.clone());
            }
            None => changed.push(source),
        }
    }
    let mut compiled = compile::all(&changed, &options);
    for source in changed {
        if let Some(compiled) = compiled.remove(&*source.id) {
            candidate.document(source, compiled, &stage, before);
        }
    }
    Ok(candidate)
}

/// What plans are activated with.
struct Stage<'s> {
    environment: Arc<Environment>,
    overrides: Overrides,
    shared: &'s Shared,
}

fn complaints(bundle: &Bundle) -> Vec<Finding> {
    let clashes = bundle.clashes.iter().map(|source| {
        let incumbent = bundle.sources.get(&source.id).or_else(|| bundle.sandboxes.get(&source.id));
        let incumbent = incumbent.map(|known| known.path.display().to_string()).unwrap_or_default();
        let message = format!("{} is left out: {incumbent} has the id `{}` already", source.path.display(), source.id);
        Finding::plain("route-conflict", message, None, None)
    });
    let unreadable = bundle
        .unreadable
        .iter()
        .map(|(path, why)| Finding::plain("unreadable-file", format!("{}: {why}", path.display()), None, None));
    clashes.chain(unreadable).collect()
}

fn overrides(settings: &Settings, sandboxes: Option<std::collections::HashMap<Box<str>, Box<str>>>) -> Overrides {
    Overrides {
        upstream: settings.upstream.clone(),
        base_uris: settings.base_uris.iter().map(|(k, v)| (k.as_str().into(), v.as_str().into())).collect(),
        base_env: None,
        sandboxes,
        timeouts: Timeouts { first_byte: settings.timeout, ..Timeouts::default() },
        mapped_response: 0,
    }
}

impl Candidate {
    fn document(&mut self, source: &Source, compiled: Compiled, stage: &Stage<'_>, before: &Snapshot) {
        let (id, path) = (source.id.clone(), source.path.clone());
        match compiled.kind {
            DocumentKind::Capability | DocumentKind::Sandbox => {}
            DocumentKind::Library if !source.named => return,
            DocumentKind::NotACapability if !source.named => {
                self.skipped.push(path);
                return;
            }
            DocumentKind::Library | DocumentKind::NotACapability => {}
        }
        let before = before.capabilities.get(&id);
        let state = match compiled.plan {
            Some(plan) => {
                let scope = stage.environment.of(&source.id, source.folder());
                let mut overrides = stage.overrides.clone();
                let variables = stage.environment.snapshot(&source.id, source.folder());
                overrides.base_env = Some(Arc::new(move |key: &str| variables(key)));
                let engine = Engine::activate(plan.clone(), &scope, &overrides, stage.shared.engine.clone());
                State::Serving { plan, engine: Arc::new(engine) }
            }
            None => State::Failing,
        };
        let capability = Arc::new(Capability::new(id.clone(), path, compiled.print, compiled.findings, state));
        match before {
            Some(before) if before.plan().is_some() && capability.has_new_errors(before) => {
                self.capabilities.insert(id, before.clone());
                self.rejected.push(capability);
            }
            _ => {
                self.capabilities.insert(id, capability);
            }
        }
    }

    /// The address of a sandbox: the one it has, or a new one.
    fn sandbox_address(
        &mut self,
        source: &Source,
        addresses: &BTreeMap<Slot, SocketAddr>,
    ) -> Option<(Slot, SocketAddr)> {
        let slot = Slot::Sandbox(source.id.clone());
        if let Some(address) = addresses.get(&slot) {
            return Some((slot, *address));
        }
        match listen::bind(slot.address()) {
            Ok(bound) => {
                let address = bound.address;
                self.bound.push((slot.clone(), bound));
                Some((slot, address))
            }
            Err(error) => {
                let message = format!("no port for the sandbox {}: {error}", source.path.display());
                self.findings.push(Finding::plain("port-conflict", message, None, None));
                None
            }
        }
    }
}
