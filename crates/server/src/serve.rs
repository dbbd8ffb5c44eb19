//! The front door: from settings to a running server. Starting is the first reload; every later one is the same function.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use futures_util::future::BoxFuture;

use crate::{
    adapter::{Adapter, context::Context, mcp},
    capability::{exposed::Exposed, instance::ExposureRef},
    control::{self, Operations, Operator},
    http::guard::Guard,
    listen::{ListenerInfo, listeners::Listeners},
    publication::{
        report::{Report, StartError},
        slot::{ListenerId, Slot},
        snapshot::{Live, Snapshot},
        state::Cause,
        table::Table,
    },
    reload::{operations::ProcessOperations, pipeline::Pipeline, publish::Publisher, watch},
    settings::{Settings, Watch},
    shared::{Limits, Shared},
};

/// The control plane has this much of a drain for itself, at most.
const LAST: Duration = Duration::from_secs(1);

/// A server that runs.
#[derive(Debug)]
pub struct Running {
    pipeline: Arc<Pipeline>,
    /// What the control plane asks; it keeps nothing alive.
    operations: Arc<ProcessOperations>,
}

/// Starts serving.
///
/// # Errors
/// [`StartError`] when nothing can be served, a path or port is not to be had, or `strict` finds a fault. Nothing runs then.
pub async fn serve(settings: Settings) -> Result<(Arc<Running>, Report), StartError> {
    let limits = Limits { patience: settings.patience, drain: settings.drain, ..Limits::default() };
    let shared = Arc::new(Shared::new(capstan_engine::Shared::system_hiding(settings.secrets.clone()), limits));
    let watch = settings.watch;
    let operations = Arc::new_cyclic(|operations| {
        let pipeline = Arc::new(Pipeline::new(settings.clone(), publisher(&settings, shared, operations)));
        ProcessOperations { pipeline, started: SystemTime::now(), ending: AtomicBool::new(false) }
    });
    let pipeline = operations.pipeline.clone();
    let report = pipeline.reload(Cause::Start).await?;
    match watch {
        Watch::Off => {}
        Watch::Events => watch::start(&pipeline, None),
        Watch::Poll(interval) => watch::start(&pipeline, Some(interval)),
    }
    Ok((Arc::new(Running { pipeline, operations }), report))
}

/// What publishes, before anything is published.
fn publisher(settings: &Settings, shared: Arc<Shared>, operations: &Weak<ProcessOperations>) -> Publisher {
    let live = Arc::<Live>::default();
    let operations: Weak<dyn Operations> = operations.clone();
    let context = Context {
        endpoints: Arc::new(mcp::Endpoints::new(live.catalogue(), shared.clone())),
        fixed: control::routes(Operator::new(operations), &settings.secrets),
        shared,
    };
    Publisher {
        live,
        listeners: Arc::new(Listeners::new(context.shared.limits)),
        context: Arc::new(context),
        guard: Arc::new(Guard { hosts: settings.allow_host.clone(), origins: settings.allow_origin.clone() }),
    }
}

/// Whether a listener serves the control plane and nothing else.
fn is_control(snapshot: &Snapshot, slot: &Slot, id: ListenerId) -> bool {
    matches!(slot, Slot::Control(_))
        || match snapshot.listeners.get(&id).map(|table| &**table) {
            Some(Table::Port(port)) => port.adapters().iter().all(Adapter::is_for_operators),
            Some(Table::Gateway(_) | Table::Control) | None => false,
        }
}

impl Running {
    /// Reads everything anew and publishes what changed. Whatever is wrong with what is on disk, what runs goes on.
    ///
    /// # Errors
    /// None: only a start can fail.
    pub async fn reload(&self, cause: Cause) -> Result<Report, StartError> {
        self.pipeline.reload(cause).await
    }

    /// The listeners, in the order of their slots.
    #[must_use]
    pub fn listeners(&self) -> Vec<ListenerInfo> {
        self.pipeline.publisher.listeners.infos()
    }

    /// The handle to what runs.
    #[must_use]
    pub fn live(&self) -> &Arc<Live> {
        &self.pipeline.publisher.live
    }

    /// What it was started with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.pipeline.settings
    }

    /// Ends: from now on readiness says no; after `delay` nothing is accepted any more, and what runs is finished. Whoever operates
    /// the process can watch until the last: the control plane ends after everything else. Returns when all is done or the time is
    /// over.
    pub async fn drain(&self, delay: Duration) {
        self.operations.ending.store(true, Ordering::Relaxed);
        if !delay.is_zero() {
            tracing::info!(seconds = delay.as_secs_f32(), "not ready any more, still accepting");
            tokio::time::sleep(delay).await;
        }
        tracing::info!("draining");
        let Publisher { listeners, context, live, .. } = &self.pipeline.publisher;
        let last = (context.shared.limits.drain / 10).min(LAST);
        let limit = context.shared.limits.drain - last;
        let snapshot = live.current();
        // Whoever waits for a job gets a handle that lives on; one that dies with the process is of no use, so the job is waited for.
        let jobs = context.shared.engine.jobs();
        let mut engines = snapshot.catalogue.capabilities.values().filter_map(|capability| capability.engine());
        if engines.any(|engine| engine.gives_lasting_handles()) {
            jobs.stop();
        }
        let is_callers = |slot: &Slot, id: ListenerId| !is_control(&snapshot, slot, id);
        let sessions: BoxFuture<'_, _> = Box::pin(context.endpoints.drain(Instant::now() + limit));
        let _ = tokio::join!(sessions, listeners.drain(limit, is_callers));
        jobs.stop();
        listeners.drain(last, |_, _| true).await;
    }

    /// Serves one MCP adapter on standard input and output, until the input ends.
    ///
    /// # Errors
    /// When no adapter, or more than one, has that name; when the protocol fails.
    pub async fn stdio(&self, name: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let at = self.find_mcp(name)?;
        let Publisher { live, context, .. } = &self.pipeline.publisher;
        // Boxed: the protocol's future is too deep a type for whoever awaits this.
        let served: BoxFuture<'_, _> = Box::pin(mcp::stdio(at, live.catalogue(), context.shared.clone()));
        served.await
    }

    fn find_mcp(&self, name: &str) -> Result<ExposureRef, StartError> {
        let snapshot = self.live().current();
        let exposed = snapshot.catalogue.capabilities.values().flat_map(Exposed::all);
        let adapters = exposed.filter_map(Adapter::new).filter(|adapter| matches!(adapter, Adapter::Mcp(_)));
        let all: Vec<ExposureRef> = adapters.filter_map(|adapter| adapter.exposed().reference()).collect();
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
