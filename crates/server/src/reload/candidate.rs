//! The first half of the pipeline: read, link, activate. Makes a candidate from what stands on disk; nothing that serves is
//! touched, and dropping a candidate undoes all of it.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use capstan_engine::{Engine, Overrides, Timeouts};
use capstan_language::{DocumentKind, Options};
use capstan_plan::Plan;

use super::{
    present::Present,
    sandbox::{self, Cover},
};
use crate::{
    bundle::{
        compile::{self, Compiled},
        discovery::{self, Bundle, Source},
        environment::{Environment, Variables},
        fingerprint::Fingerprint,
        proposal::Proposed,
        reachability::{self, Reachability},
    },
    capability::{
        activation::{self, Activation},
        instance::{Capabilities, Capability, State},
    },
    finding::{Finding, Findings, ServerCode, Warning},
    listen::accept::{self, Bound},
    publication::{
        slot::Slot,
        state::{Rejected, Sandbox},
    },
    settings::Settings,
    shared::Shared,
};

/// What would be served, before it has listeners.
#[derive(Debug, Default)]
pub(crate) struct Candidate {
    /// Every document by id; those that did not change are the ones that run already.
    pub(crate) capabilities: Capabilities,
    /// The sandboxes.
    pub(crate) sandboxes: BTreeMap<Slot, Sandbox>,
    /// Sandboxes that are new, with their sockets.
    pub(crate) bound: Vec<(Slot, Bound)>,
    /// What concerns no document that could carry it.
    pub(crate) findings: Vec<Finding>,
    /// Files that are no capabilities.
    pub(crate) skipped: Vec<PathBuf>,
    /// Documents whose errors are new, so that their last good version stays.
    pub(crate) rejected: Rejected,
    /// Warnings of documents that were compiled.
    pub(crate) warnings: BTreeMap<Arc<str>, Vec<Warning>>,
    /// Folders that were searched.
    pub(crate) folders: Vec<PathBuf>,
    /// How many documents were compiled.
    pub(crate) compiled: usize,
    /// Whether files may not have been read because the process could open no more: they are looked at again.
    pub(crate) in_want: bool,
}

/// Why there is no candidate at all.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// A path that was named does not exist.
    Path(PathBuf),
    /// The file of variables cannot be read.
    Environment(String),
}

/// Reads everything anew, keeping what did not change.
///
/// # Errors
/// [`Unreadable`] when what the operator named is not there: at the start a path, at any time the file of variables.
pub(crate) fn prepare(
    settings: &Settings,
    shared: &Shared,
    present: &Present,
    proposed: Option<&Proposed>,
) -> Result<Candidate, Unreadable> {
    let running = &present.snapshot.catalogue;
    let mut bundle = bundle(settings, present, proposed);
    if running.generation == 0
        && let Some(path) = bundle.missing.pop()
    {
        return Err(Unreadable::Path(path));
    }
    let options = Options {
        strict: settings.strict,
        auto_expose: settings.auto_expose,
        addressed: settings.gateway.is_some() || settings.stdio.is_some(),
        ..Options::default()
    };
    let mut candidate = Candidate { findings: complaints(&bundle), ..Candidate::default() };
    let mut cover = Cover::default();
    let environment = |values: Variables| Environment::read(settings.env_file.as_deref(), values);
    if settings.sandbox {
        let plain = environment(Variables::default()).map_err(Unreadable::Environment)?;
        for source in bundle.sandboxes.values() {
            candidate.sandbox(source, &options, &plain, (shared, present), &mut cover);
        }
    }
    let environment = environment(cover.values).map_err(Unreadable::Environment)?;
    let environment = Arc::new(environment.salted(salt(&cover.targets)));
    let overrides = overrides(settings, settings.sandbox.then_some(cover.targets));
    let stage = Stage { environment, overrides, shared, present, proposed, strict: settings.strict };
    let mut changed = Vec::new();
    for source in bundle.sources.values() {
        if !candidate.keep(source, &stage) {
            changed.push(source);
        }
    }
    candidate.compiled = changed.len();
    // Activation is a good part of the work with thousands of documents, so it happens on the same threads.
    let mut compiled = compile::all(&changed, &options, |source, compiled| {
        let plan = compiled.plan.clone().filter(|_| source.named || serves(compiled.kind));
        plan.map(|plan| stage.activate(source, plan))
    });
    for source in changed {
        if let Some((compiled, activated)) = compiled.remove(&*source.id) {
            candidate.document(source, compiled, activated, &stage);
        }
    }
    // What an archive leaves out is left out.
    if proposed.is_none_or(|proposed| proposed.root().is_none()) {
        candidate.keep_unreachable(&bundle, &running.capabilities, &settings.paths);
    }
    candidate.folders = bundle.folders;
    Ok(candidate)
}

/// The documents there are, or would be.
fn bundle(settings: &Settings, present: &Present, proposed: Option<&Proposed>) -> Bundle {
    let running = &present.snapshot.catalogue.capabilities;
    let incumbent = |id: &str| running.get(id).map(|capability| &*capability.path);
    match proposed {
        Some(Proposed::Folder { root, .. }) => discovery::find_again(std::slice::from_ref(root), incumbent),
        Some(Proposed::Document(source)) => {
            let mut bundle = discovery::find_again(&settings.paths, incumbent);
            bundle.replace(source.clone());
            bundle
        }
        None => discovery::find_again(&settings.paths, incumbent),
    }
}

/// What plans are activated with.
struct Stage<'s> {
    environment: Arc<Environment>,
    overrides: Overrides,
    shared: &'s Shared,
    present: &'s Present,
    proposed: Option<&'s Proposed>,
    strict: bool,
}

impl Stage<'_> {
    /// Activates a plan as the document `source` has it.
    fn activate(&self, source: &Source, plan: Arc<Plan>) -> (State, Activation) {
        let (id, folder) = (&*source.id, self.home(source));
        let values = activation::values(&plan, &self.environment, id, folder);
        let scope = self.environment.of(id, folder);
        let mut overrides = self.overrides.clone();
        let variables = self.environment.snapshot(id, folder);
        overrides.base_env = Some(Arc::new(move |key: &str| variables(key)));
        let engine = Engine::activate(plan.clone(), &scope, &overrides, self.shared.engine.clone());
        let activation = Activation::new(values, &engine);
        (State::Serving { plan, engine: Arc::new(engine) }, activation)
    }

    /// The folder variables are looked for in: that of the running document when what lies there is unpacked from an archive.
    fn home<'h>(&'h self, source: &'h Source) -> &'h Path {
        let unpacked = self.proposed.is_some_and(|proposed| proposed.root().is_some());
        let running = self.present.snapshot.catalogue.capabilities.get(&source.id).filter(|_| unpacked);
        running.map_or_else(|| source.folder(), |running| running.folder())
    }

    fn is_activated(&self, capability: &Capability) -> bool {
        capability.plan().is_none_or(|plan| {
            capability.activation.is_current(plan, &self.environment, &capability.id, capability.folder())
        })
    }
}

/// Which origins sandboxes stand in for, in bytes.
fn salt(targets: &HashMap<Box<str>, Box<str>>) -> Vec<u8> {
    let mut all: Vec<_> = targets.iter().collect();
    all.sort();
    all.into_iter().flat_map(|(from, to)| [from.as_bytes(), b"=", to.as_bytes(), b"\0"].concat()).collect()
}

fn complaints(bundle: &Bundle) -> Vec<Finding> {
    let clashes = bundle.clashes.iter().map(|source| {
        let incumbent = bundle.sources.get(&source.id).or_else(|| bundle.sandboxes.get(&source.id));
        let incumbent = incumbent.map(|known| known.path.display().to_string()).unwrap_or_default();
        let message = format!("{} is left out: {incumbent} has the id `{}` already", source.path.display(), source.id);
        Finding::plain(ServerCode::RouteConflict, message, None, None)
    });
    let unreadable = bundle.unreadable.iter().map(|(path, why)| {
        Finding::plain(ServerCode::UnreadableFile, format!("{}: {why}", path.display()), None, None)
    });
    let missing = bundle.missing.iter().map(|path| {
        let message = format!("{} does not exist any more; what came from it keeps running", path.display());
        Finding::plain(ServerCode::UnreadableFile, message, None, None)
    });
    clashes.chain(unreadable).chain(missing).collect()
}

fn overrides(settings: &Settings, sandboxes: Option<HashMap<Box<str>, Box<str>>>) -> Overrides {
    Overrides {
        upstream: settings.upstream.clone(),
        base_uris: settings.base_uris.iter().map(|(k, v)| (k.as_str().into(), v.as_str().into())).collect(),
        base_env: None,
        sandboxes,
        timeouts: Timeouts { first_byte: settings.timeout, ..Timeouts::default() },
    }
}

impl Candidate {
    /// Keeps what is known of a document whose files did not change. Says whether they did not.
    fn keep(&mut self, source: &Source, stage: &Stage<'_>) -> bool {
        if source.text.is_some() {
            return false;
        }
        let current = |capability: &&Arc<Capability>| {
            capability.path == source.path && !capability.provisional && capability.fingerprint.is_current()
        };
        let running = stage.present.snapshot.catalogue.capabilities.get(&source.id);
        if let (Some(running), Some(rejected)) = (running, stage.present.state.rejected.get(&source.id).filter(current))
        {
            self.keep_running(source, running, stage);
            self.rejected.insert(source.id.clone(), rejected.clone());
            return true;
        }
        let held = stage.present.state.held.get(&source.id).and_then(|held| held.waiting.as_ref());
        if let Some(waiting) = held.filter(current).filter(|waiting| stage.is_activated(waiting)) {
            self.capabilities.insert(source.id.clone(), waiting.clone());
            return true;
        }
        match running.filter(current) {
            Some(running) => {
                self.keep_running(source, running, stage);
                true
            }
            None => false,
        }
    }

    /// Keeps a running plan, with new values when they changed.
    fn keep_running(&mut self, source: &Source, running: &Arc<Capability>, stage: &Stage<'_>) {
        let kept = match running.plan() {
            Some(plan) if !stage.is_activated(running) => {
                let (state, activation) = stage.activate(source, plan.clone());
                let (id, path, fingerprint) = (running.id.clone(), running.path.clone(), running.fingerprint.clone());
                let renewed = Capability::new(id, path, fingerprint, running.findings.clone(), state);
                let renewed = renewed.activated(activation).metered(stage.shared.metrics.clone());
                Arc::new(renewed)
            }
            _ => running.clone(),
        };
        self.capabilities.insert(source.id.clone(), kept);
    }

    fn document(
        &mut self,
        source: &Source,
        compiled: Compiled,
        activated: Option<(State, Activation)>,
        stage: &Stage<'_>,
    ) {
        let (id, path) = (source.id.clone(), source.path.clone());
        let running = stage.present.snapshot.catalogue.capabilities.get(&id).filter(|running| running.plan().is_some());
        let serves = serves(compiled.kind);
        let fingerprint = Arc::new(compiled.fingerprint);
        self.warnings.insert(id.clone(), compiled.warnings);
        if !serves && let Some(running) = running {
            // Half a file reads like this. Whoever means it deletes the file.
            let message = format!("{} exposes nothing any more; delete it to stop serving it", path.display());
            let findings = match compiled.findings.errors.is_empty() {
                true => Findings::one(Finding::plain(ServerCode::NotACapability, message, None, None)),
                false => compiled.findings,
            };
            self.reject(running, Capability::new(id, path, fingerprint, findings, State::Failing), source, stage);
            return;
        }
        if !serves && !source.named {
            if compiled.kind == DocumentKind::NotACapability {
                self.skipped.push(path);
            }
            return;
        }
        let (state, activation) = activated.unwrap_or_else(|| (State::Failing, Activation::default()));
        let capability = Capability::new(id.clone(), path, fingerprint, compiled.findings, state);
        let capability = capability.activated(activation).metered(stage.shared.metrics.clone());
        match running {
            Some(running) if capability.plan().is_none() || capability.has_new_errors(running) => {
                self.reject(running, capability, source, stage);
            }
            Some(running) if stage.strict && newly_missing(&capability, running).is_some() => {
                let findings = newly_missing(&capability, running).map(Findings::one).unwrap_or_default();
                let refused =
                    Capability::refused(id, capability.path.clone(), capability.fingerprint.clone(), findings);
                self.reject(running, refused, source, stage);
            }
            _ => {
                self.capabilities.insert(id, Arc::new(capability));
            }
        }
    }

    fn reject(&mut self, running: &Arc<Capability>, rejected: Capability, source: &Source, stage: &Stage<'_>) {
        self.keep_running(source, running, stage);
        self.rejected.insert(source.id.clone(), Arc::new(rejected));
    }

    /// Keeps what is out of reach; what was deleted is gone.
    fn keep_unreachable(&mut self, bundle: &Bundle, running: &Capabilities, roots: &[PathBuf]) {
        let gone = running.values().filter(|capability| !bundle.sources.contains_key(&capability.id));
        for capability in gone {
            let Reachability::OutOfReach(why) = reachability::of(&capability.path, roots) else { continue };
            let (id, path) = (capability.id.clone(), capability.path.clone());
            let finding = Finding::plain(ServerCode::UnreadableFile, why, None, None);
            let refused =
                Capability::refused(id.clone(), path, Arc::new(Fingerprint::default()), Findings::one(finding));
            self.capabilities.insert(id.clone(), capability.clone());
            self.rejected.insert(id, Arc::new(refused));
        }
    }

    /// Adds a sandbox and what it covers: the one that runs while nothing of it changed.
    fn sandbox(
        &mut self,
        source: &Source,
        options: &Options,
        plain: &Environment,
        (shared, present): (&Shared, &Present),
        cover: &mut Cover,
    ) {
        let Some((slot, address)) = self.sandbox_address(source, &present.addresses) else { return };
        let runs = present.state.sandboxes.get(&slot);
        let sandbox = match runs.filter(|runs| sandbox::is_current(runs, source, plain)) {
            Some(runs) => runs.clone(),
            None => {
                let new = sandbox::activate(source, compile::one(source, options), address, plain, shared);
                self.findings.extend(new.capability.errors().cloned());
                match runs {
                    Some(runs) if new.capability.has_new_errors(&runs.capability) => runs.clone(),
                    _ => new,
                }
            }
        };
        if let Some(plan) = sandbox.capability.plan() {
            self.findings.extend(cover.add(plan, address));
        }
        self.sandboxes.insert(slot, sandbox);
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
        match accept::bind(slot.address()) {
            Ok(bound) => {
                let address = bound.address;
                self.bound.push((slot.clone(), bound));
                Some((slot, address))
            }
            Err(error) => {
                let message = format!("no port for the sandbox {}: {error}", source.path.display());
                self.findings.push(Finding::plain(ServerCode::PortConflict, message, None, None));
                None
            }
        }
    }
}

/// Whether a document of this kind is meant to be served.
fn serves(kind: DocumentKind) -> bool {
    matches!(kind, DocumentKind::Capability | DocumentKind::Sandbox)
}

/// A value that is missing now and was not before.
fn newly_missing(capability: &Capability, running: &Capability) -> Option<Finding> {
    let missing = |of: &Capability| of.engine().map(|engine| engine.missing().to_vec()).unwrap_or_default();
    let known = missing(running);
    let new = missing(capability).into_iter().find(|m| !known.iter().any(|k| k.name == m.name))?;
    Some(Finding::plain(ServerCode::MissingSecret, format!("{} is not set", new.name), Some(&new.origin), None))
}
