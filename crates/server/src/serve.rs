//! The front door: from settings to a running server. Starting is the first reload; every later one is the same function.

use std::{
    collections::BTreeMap,
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex as StdMutex, PoisonError},
    time::Instant,
};

use capstan_plan::{ExposureKind, Transport};
use futures_util::future::BoxFuture;
use tokio::sync::Mutex;

use crate::{
    adapter::mcp,
    candidate::{self, Candidate, Unreadable},
    capability::{Capability, ExposureRef},
    dispatch::Dispatch,
    finding::Finding,
    guard::Guard,
    layout::{self, Slot},
    listen::{self, Bound, Listening},
    settings::Settings,
    shared::{Limits, Shared},
    snapshot::{ListenerId, Live, Snapshot},
    table::Table,
};

/// A server that runs.
#[derive(Debug)]
pub struct Running {
    settings: Settings,
    live: Arc<Live>,
    shared: Arc<Shared>,
    guard: Arc<Guard>,
    /// Held while the pipeline runs: one reload at a time.
    reload: Mutex<()>,
    listeners: StdMutex<BTreeMap<Slot, (ListenerId, Listening)>>,
}

/// What a run of the pipeline did.
#[derive(Debug, Default)]
pub struct Report {
    /// The generation it published.
    pub generation: u64,
    /// What concerns no capability that could carry it.
    pub findings: Vec<Finding>,
    /// Files that are no capabilities.
    pub skipped: Vec<std::path::PathBuf>,
    /// Documents whose last good version stays.
    pub rejected: Vec<Arc<Capability>>,
}

/// Why a server does not start.
#[derive(Debug)]
pub struct StartError {
    /// The reason.
    pub message: String,
    /// Everything found.
    pub findings: Vec<Finding>,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StartError {}

impl StartError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), findings: Vec::new() }
    }
}

/// One listener, for people and programs that want to connect.
#[derive(Clone, Debug)]
pub struct ListenerInfo {
    /// Its slot.
    pub slot: Slot,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its id in snapshots.
    pub id: ListenerId,
}

/// Starts serving.
///
/// # Errors
/// [`StartError`] when nothing can be served, a path or port is not to be had, or `strict` finds a fault. Nothing runs then.
pub async fn serve(settings: Settings) -> Result<(Arc<Running>, Report), StartError> {
    let guard = Guard { hosts: settings.allow_host.clone(), origins: settings.allow_origin.clone() };
    let running = Arc::new(Running {
        settings,
        live: Arc::default(),
        shared: Arc::new(Shared::new(capstan_engine::Shared::system(), Limits::default())),
        guard: Arc::new(guard),
        reload: Mutex::default(),
        listeners: StdMutex::default(),
    });
    let report = running.reload().await?;
    Ok((running, report))
}

impl Running {
    /// Reads everything anew and publishes it. On an error what runs goes on as it is.
    ///
    /// # Errors
    /// [`StartError`] when there is nothing that could be published.
    pub async fn reload(self: &Arc<Self>) -> Result<Report, StartError> {
        let _one_at_a_time = self.reload.lock().await;
        let before = self.live.current();
        let this = self.clone();
        let snapshot = before.clone();
        let prepared = tokio::task::spawn_blocking(move || {
            candidate::prepare(&this.settings, &this.shared, &snapshot, &this.addresses())
        });
        let candidate = match prepared.await {
            Ok(Ok(candidate)) => candidate,
            Ok(Err(Unreadable::Path(path))) => {
                return Err(StartError::new(format!("{} does not exist", path.display())));
            }
            Ok(Err(Unreadable::Environment(why))) => return Err(StartError::new(format!("--env-file {why}"))),
            Err(error) => return Err(StartError::new(format!("loading failed: {error}"))),
        };
        if before.generation == 0 {
            self.refuse(&candidate)?;
        }
        self.publish(candidate, &before)
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

    /// The second half of the pipeline: listeners, then the one swap, then the loops that accept.
    fn publish(self: &Arc<Self>, candidate: Candidate, before: &Snapshot) -> Result<Report, StartError> {
        // Who was there first comes first: a newcomer does not take a route from someone who serves it.
        let (old, new): (Vec<_>, Vec<_>) =
            candidate.capabilities.values().partition(|capability| before.capabilities.contains_key(&capability.id));
        let mut layout = layout::layout(&self.settings, old.into_iter().chain(new));
        let mut bound: BTreeMap<Slot, Bound> = candidate.bound.into_iter().collect();
        for (slot, (_, table)) in candidate.sandboxes {
            layout.tables.insert(slot, table);
        }
        let known = self.addresses();
        for slot in layout.tables.keys() {
            if known.contains_key(slot) || bound.contains_key(slot) {
                continue;
            }
            match listen::bind(slot.address()) {
                Ok(socket) => {
                    bound.insert(slot.clone(), socket);
                }
                Err(error) => return Err(cannot_bind(slot, &layout.tables, &error)),
            }
        }
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = listeners.values().map(|(id, _)| id.0 + 1).max().unwrap_or_default();
        let mut tables = BTreeMap::new();
        let mut starting = Vec::new();
        for (slot, table) in layout.tables {
            let id = match listeners.get(&slot) {
                Some((id, _)) => *id,
                None => {
                    let id = ListenerId(next);
                    next += 1;
                    if let Some(socket) = bound.remove(&slot) {
                        starting.push((slot, id, socket));
                    }
                    id
                }
            };
            tables.insert(id, Arc::new(table));
        }
        let generation = before.generation + 1;
        let kept: Vec<ListenerId> = tables.keys().copied().collect();
        self.live.publish(Snapshot {
            generation,
            capabilities: candidate.capabilities,
            notices: layout.notices,
            listeners: tables,
        });
        for (slot, id, socket) in starting {
            let dispatch = Dispatch {
                listener: id,
                loopback: socket.address.ip().to_canonical().is_loopback(),
                live: self.live.clone(),
                shared: self.shared.clone(),
                guard: match slot {
                    // Requests keep the name of the host it stands in for.
                    Slot::Sandbox(_) => Arc::new(Guard { hosts: vec!["*".to_owned()], origins: Vec::new() }),
                    Slot::Gateway(_) | Slot::Declared(..) | Slot::Assigned(..) => self.guard.clone(),
                },
            };
            match socket.start(Arc::new(dispatch), self.shared.limits) {
                Ok(listening) => {
                    listeners.insert(slot, (id, listening));
                }
                Err(error) => tracing::error!(%error, "a listener could not start"),
            }
        }
        let gone: Vec<Slot> =
            listeners.iter().filter(|(_, (id, _))| !kept.contains(id)).map(|(slot, _)| slot.clone()).collect();
        for (_, listening) in gone.iter().filter_map(|slot| listeners.remove(slot)) {
            let limit = self.shared.limits.drain;
            tokio::spawn(async move { listening.drain(limit).await });
        }
        drop(listeners);
        self.retire();
        Ok(Report {
            generation,
            findings: candidate.findings,
            skipped: candidate.skipped,
            rejected: candidate.rejected,
        })
    }

    /// Ends the sessions of MCP adapters that are gone.
    fn retire(&self) {
        let snapshot = self.live.current();
        let gone = self.shared.retire(|at| snapshot.exposure(at).is_some());
        let deadline = Instant::now() + self.shared.limits.drain;
        for endpoint in gone {
            tokio::spawn(async move { endpoint.drain(deadline).await });
        }
    }

    fn addresses(&self) -> BTreeMap<Slot, SocketAddr> {
        let listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.iter().map(|(slot, (_, listening))| (slot.clone(), listening.address)).collect()
    }

    /// The listeners, in the order of their slots.
    #[must_use]
    pub fn listeners(&self) -> Vec<ListenerInfo> {
        let listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners
            .iter()
            .map(|(slot, (id, listening))| ListenerInfo { slot: slot.clone(), address: listening.address, id: *id })
            .collect()
    }

    /// The handle to what runs.
    #[must_use]
    pub fn live(&self) -> &Arc<Live> {
        &self.live
    }

    /// What it was started with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Stops accepting, finishes what runs, and returns when all is done or the time is over.
    pub async fn drain(&self) {
        let limit = self.shared.limits.drain;
        let deadline = Instant::now() + limit;
        let listeners = std::mem::take(&mut *self.listeners.lock().unwrap_or_else(PoisonError::into_inner));
        let endpoints = self.shared.endpoints();
        let sessions: BoxFuture<'_, _> =
            Box::pin(futures_util::future::join_all(endpoints.iter().map(|endpoint| endpoint.drain(deadline))));
        let connections =
            futures_util::future::join_all(listeners.values().map(|(_, listening)| listening.drain(limit)));
        let _ = tokio::join!(sessions, connections);
    }

    /// Serves one MCP adapter on standard input and output, until the input ends.
    ///
    /// # Errors
    /// When no adapter, or more than one, has that name; when the protocol fails.
    pub async fn stdio(&self, name: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let at = self.find_mcp(name)?;
        // Boxed: the protocol's future is too deep a type for whoever awaits this.
        let served: BoxFuture<'_, _> = Box::pin(mcp::stdio(at, self.live.clone(), self.shared.clone()));
        served.await
    }

    fn find_mcp(&self, name: &str) -> Result<ExposureRef, StartError> {
        let snapshot = self.live.current();
        let all: Vec<ExposureRef> = snapshot
            .capabilities
            .values()
            .flat_map(|capability| {
                capability
                    .exposures()
                    .filter(|(_, exposure)| matches!(exposure.kind, ExposureKind::Mcp(_)))
                    .map(|(key, _)| capability.reference(key))
            })
            .collect();
        let fits = |at: &&ExposureRef| *at.key == *name || format!("{}/{}", at.capability, at.key) == name;
        let found: Vec<&ExposureRef> = all.iter().filter(fits).collect();
        let list = |of: &[&ExposureRef]| {
            of.iter().map(|at| format!("{}/{}", at.capability, at.key)).collect::<Vec<_>>().join(", ")
        };
        match found.as_slice() {
            [one] => Ok((*one).clone()),
            [] => Err(StartError::new(format!(
                "--stdio: no MCP adapter is called `{name}`; there are {}",
                list(&all.iter().collect::<Vec<_>>())
            ))),
            several => Err(StartError::new(format!("--stdio: `{name}` may be {}", list(several)))),
        }
    }
}

/// Whether an MCP adapter asks for standard input and output.
#[must_use]
pub fn wants_stdio(kind: &ExposureKind) -> bool {
    matches!(kind, ExposureKind::Mcp(mcp) if mcp.transport == Transport::Stdio)
}

fn cannot_bind(slot: &Slot, tables: &BTreeMap<Slot, Table>, error: &std::io::Error) -> StartError {
    let address = slot.address();
    let (who, origin) = match tables.get(slot) {
        Some(Table::Port(port)) => {
            let member = port.members().first().or(port.mcp.as_ref().map(|mcp| &mcp.capability));
            let origin = member.and_then(|capability| {
                let here = |e: &&capstan_plan::Exposure| e.listen.port.is_some() && e.listen.port == slot.declared();
                Some(capability.plan()?.exposures.iter().find(here)?.origin.clone())
            });
            (member.map(|member| member.id.to_string()), origin)
        }
        Some(Table::Gateway(_)) | None => (None, None),
    };
    let who = who.map(|id| format!(" for `{id}`")).unwrap_or_default();
    let hint = match (error.kind(), slot.declared()) {
        (std::io::ErrorKind::AddrInUse, Some(port)) => {
            format!("; another process has it (`--listen {port}=127.0.0.1:0` takes any free port)")
        }
        _ => String::new(),
    };
    let message = format!("cannot listen on {address}{who}: {error}{hint}");
    StartError { findings: vec![Finding::plain("port-conflict", message.clone(), origin.as_ref(), None)], message }
}
