//! The front door: from settings to a running server. Starting is the first reload (`reload`); every later one is the same
//! function.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex as StdMutex, PoisonError, Weak, atomic::AtomicU32},
    time::{Duration, Instant, SystemTime},
};

use arc_swap::ArcSwap;

use capstan_plan::{ExposureKind, Transport};
use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, Notify};

use crate::{
    adapter::mcp,
    capability::{
        instance::{Capability, ExposureRef},
        surface::Change,
    },
    finding::Finding,
    http::guard::Guard,
    listen::accept::Listening,
    publication::{
        history::History,
        layout::Slot,
        snapshot::{ListenerId, Live},
        state::{Cause, PublicationState},
    },
    reload::watch,
    settings::{Settings, Watch},
    shared::{Limits, Shared},
};

/// A server that runs.
#[derive(Debug)]
pub struct Running {
    pub(crate) settings: Settings,
    pub(crate) live: Arc<Live>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) guard: Arc<Guard>,
    /// When it was started.
    pub(crate) started: SystemTime,
    /// Held while the pipeline runs: one reload at a time.
    pub(crate) reload: Mutex<()>,
    pub(crate) listeners: StdMutex<BTreeMap<Slot, (ListenerId, Listening)>>,
    /// Numbers listeners; a number is never given twice.
    pub(crate) next_listener: AtomicU32,
    /// Listeners that are gone and still finish what they began.
    pub(crate) draining: StdMutex<Vec<Drain>>,
    /// What stands on disk and does not run.
    pub(crate) state: ArcSwap<PublicationState>,
    /// Capabilities that are gone, until when.
    pub(crate) leaving: StdMutex<Vec<(Weak<Capability>, SystemTime)>>,
    /// The last publications.
    pub(crate) history: History,
    /// Failures the log has told of and that still stand.
    pub(crate) told: StdMutex<HashSet<String>>,
    /// Wakes whoever watches files: there may be others now.
    pub(crate) reloaded: Notify,
}

/// A listener that is gone and still finishes what it began.
#[derive(Clone, Debug)]
pub struct Drain {
    /// Where it listened.
    pub address: SocketAddr,
    /// When it is cut off.
    pub deadline: SystemTime,
    pub(crate) listening: Listening,
}

/// What a run of the pipeline did.
#[derive(Debug, Default)]
pub struct Report {
    /// The generation that runs now.
    pub generation: u64,
    /// Whether it published that generation.
    pub published: bool,
    /// Why it ran.
    pub cause: Cause,
    /// How long it took.
    pub took: Duration,
    /// How many documents were compiled.
    pub compiled: usize,
    /// What it changed for callers.
    pub changes: Vec<Change>,
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
    pub(crate) fn new(message: impl Into<String>) -> Self {
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
        started: SystemTime::now(),
        reload: Mutex::default(),
        listeners: StdMutex::default(),
        next_listener: AtomicU32::default(),
        draining: StdMutex::default(),
        state: ArcSwap::default(),
        leaving: StdMutex::default(),
        history: History::default(),
        told: StdMutex::default(),
        reloaded: Notify::new(),
    });
    let report = running.reload(Cause::Start).await?;
    match running.settings.watch {
        Watch::Off => {}
        Watch::Events => watch::start(&running, None),
        Watch::Poll(interval) => watch::start(&running, Some(interval)),
    }
    Ok((running, report))
}

impl Running {
    pub(crate) fn addresses(&self) -> BTreeMap<Slot, SocketAddr> {
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

    /// What stands on disk and does not run.
    #[must_use]
    pub fn state(&self) -> Arc<PublicationState> {
        self.state.load_full()
    }

    /// Listeners that are gone and still finish what they began.
    #[must_use]
    pub fn draining(&self) -> Vec<Drain> {
        let mut draining = self.draining.lock().unwrap_or_else(PoisonError::into_inner);
        draining.retain(|drain| drain.listening.connections() > 0 && drain.deadline > SystemTime::now());
        draining.clone()
    }

    /// Capabilities that are gone and still answer what they began with.
    pub(crate) fn leaving(&self) -> Vec<(Arc<str>, SystemTime)> {
        let leaving = self.leaving.lock().unwrap_or_else(PoisonError::into_inner);
        let alive = leaving.iter().filter(|(_, deadline)| *deadline > SystemTime::now());
        alive.filter_map(|(capability, deadline)| Some((capability.upgrade()?.id.clone(), *deadline))).collect()
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
