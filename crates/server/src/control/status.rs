//! What is running, what is on disk, and why they differ: the answer of `/status`. The reference engine's fields, and ours.

use std::time::Duration;

use axum::{extract::State, response::Response};
use capstan_engine::{RunningJob, rfc3339};
use http::StatusCode;
use serde_json::{Value, json};

use super::{
    answers::{Refused, full, held, json, problem},
    operations::{ListenerOverview, Overview},
    operator::Operator,
};
use crate::{
    adapter::{Adapter, job},
    capability::{
        exposed::Exposed,
        instance::Capability,
        surface::{self, Reach, Surfaces},
    },
    publication::state::Run,
};

/// The status of a process. Reads files.
pub(super) async fn status(State(operator): State<Operator>) -> Result<Response, Refused> {
    let operations = operator.get()?;
    match tokio::task::spawn_blocking(move || whole(&operations.overview())).await {
        Ok(status) => Ok(json(StatusCode::OK, &status)),
        Err(_) => Err(problem(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the status could not be made").into()),
    }
}

/// What callers of each capability can rely on.
pub(super) async fn contract(State(operator): State<Operator>) -> Result<Response, Refused> {
    let overview = operator.get()?.overview();
    let catalogue = &overview.snapshot.catalogue;
    let capabilities = catalogue.capabilities.values();
    let surfaces: Surfaces = capabilities
        .filter_map(|capability| Some((capability.id.to_string(), surface::of_capability(capability)?)))
        .collect();
    let elsewhere = overview.reach == Reach::Elsewhere;
    let value = json!({"generation": catalogue.generation, "gateway": elsewhere, "capabilities": surfaces});
    Ok(json(StatusCode::OK, &value))
}

/// How a document on disk and what runs of it relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DocumentState {
    /// What is on disk runs.
    InSync,
    /// It changed and was not read yet.
    Pending,
    /// What is on disk was turned down; its last good version runs.
    Rejected,
    /// What is on disk breaks callers and waits for a confirmation; the version before it runs.
    Held,
    /// Nothing of it ever ran.
    NeverGood,
}

impl DocumentState {
    fn name(self) -> &'static str {
        match self {
            Self::InSync => "in-sync",
            Self::Pending => "pending",
            Self::Rejected => "rejected",
            Self::Held => "held",
            Self::NeverGood => "never-good",
        }
    }
}

fn whole(overview: &Overview) -> Value {
    let (catalogue, state) = (&overview.snapshot.catalogue, &overview.state);
    let draining = &overview.draining;
    let (states, mut documents): (Vec<DocumentState>, Vec<Value>) =
        catalogue.capabilities.values().map(|capability| document(overview, capability)).unzip();
    // What is gone from disk and still runs is not what is on disk.
    let in_sync = draining.is_empty() && states.iter().all(|state| *state == DocumentState::InSync);
    documents.extend(
        draining.iter().map(|(id, deadline)| json!({"id": id, "state": "draining", "deadline": rfc3339(*deadline)})),
    );
    let reference = match catalogue.capabilities.values().collect::<Vec<_>>().as_slice() {
        [only] => {
            let info = only.plan().map(|plan| &plan.info);
            json!({"label": info.map(|info| &info.label), "specVersion": info.and_then(|info| info.spec_version.as_deref())})
        }
        several => json!({"label": format!("{} capabilities", several.len()), "specVersion": null}),
    };
    json!({
        "capability": reference,
        "engine": {"name": "capstan", "version": env!("CARGO_PKG_VERSION"), "java": null, "native": true},
        "uptime": iso8601(overview.started.elapsed().unwrap_or_default()),
        "otel": {"status": "inactive"},
        "adapters": adapters(overview),
        "jobs": jobs(&overview.jobs),
        "generation": catalogue.generation,
        "inSync": in_sync && state.findings.is_empty(),
        "lastReload": state.last.map(last_reload),
        "lastSuccess": state.success.map(rfc3339),
        "capabilities": documents,
        "diagnostics": state.findings.iter().map(full).collect::<Vec<_>>(),
        "listeners": overview.listeners.iter().map(listener).collect::<Vec<_>>(),
        "generations": overview.history,
    })
}

/// Jobs that are not over: how many, and some of them.
fn jobs((running, some): &(usize, Vec<RunningJob>)) -> Value {
    let one = |job: &RunningJob| {
        json!({
            "capability": job.capability,
            "unit": job.unit,
            "status": job::word(job.view.state),
            "progress": job.view.progress,
            "createdAt": rfc3339(job.created),
        })
    };
    json!({"running": running, "some": some.iter().map(one).collect::<Vec<_>>()})
}

fn last_reload(run: Run) -> Value {
    json!({
        "at": rfc3339(run.at),
        "cause": run.cause.name(),
        "milliseconds": u64::try_from(run.took.as_millis()).unwrap_or(u64::MAX),
        "compiled": run.compiled,
        "successful": run.successful,
        "published": run.published,
    })
}

/// The adapters of what runs, as the reference engine lists them. The control plane does not count itself.
pub(super) fn adapters(overview: &Overview) -> Vec<Value> {
    let listens = overview.listeners.iter().any(|listener| listener.deadline.is_none());
    let state = if listens { "started" } else { "stopped" };
    let all = overview.snapshot.catalogue.capabilities.values().flat_map(Exposed::all).filter_map(Adapter::new);
    let counted = all.filter(|adapter| !adapter.is_for_operators());
    let one = |adapter: Adapter| {
        let exposed = adapter.exposed();
        let at = exposed.reference()?;
        let port = exposed.exposure().and_then(|exposure| exposure.listen.port);
        Some(
            json!({"type": adapter.kind(), "namespace": at.key, "port": port, "state": state, "capability": at.capability}),
        )
    };
    counted.filter_map(one).collect()
}

fn document(overview: &Overview, capability: &Capability) -> (DocumentState, Value) {
    let rejected = overview.state.rejected.get(&capability.id);
    let runs = capability.plan().is_some();
    let hash = capability.hash();
    let waits = overview.state.held.get(&capability.id);
    let waiting = waits.and_then(|held| held.waiting.as_deref());
    let on_disk = rejected.map(|rejected| &**rejected).or(waiting).unwrap_or(capability).hash_now();
    let state = match (runs, rejected, waits) {
        (false, ..) => DocumentState::NeverGood,
        (true, Some(_), _) => DocumentState::Rejected,
        (true, None, Some(_)) => DocumentState::Held,
        (true, None, None) if on_disk == hash => DocumentState::InSync,
        (true, None, None) => DocumentState::Pending,
    };
    let errors: Vec<Value> = rejected.map_or(capability, |rejected| rejected).errors().map(full).collect();
    let notices: Vec<Value> = overview.snapshot.notices.get(&capability.id).into_iter().flatten().map(full).collect();
    let missing = capability.engine().map(|engine| engine.missing()).unwrap_or_default();
    let missing: Vec<Value> = missing
        .iter()
        .map(|m| json!({"name": m.name, "why": m.why, "file": m.origin.file, "line": m.origin.line}))
        .collect();
    let value = json!({
        "id": capability.id,
        "path": capability.path,
        "label": capability.plan().map(|plan| &plan.info.label),
        "state": state.name(),
        "running": runs.then(|| json!({"hash": hash, "since": rfc3339(capability.since)})),
        "onDisk": {"hash": on_disk, "rejectedSince": rejected.map(|rejected| rfc3339(rejected.since))},
        "held": waits.map(|waits| held(&capability.id, waits)),
        "diagnostics": errors,
        "notices": notices,
        "missing": missing,
        "warnings": capability.findings.warnings(),
    });
    (state, value)
}

fn listener(listener: &ListenerOverview) -> Value {
    let ListenerOverview { address, declared, connections, deadline } = listener;
    match deadline {
        None => json!({"address": address, "declared": declared, "state": "listening", "connections": connections}),
        Some(deadline) => {
            json!({"address": address, "state": "draining", "connections": connections, "deadline": rfc3339(*deadline)})
        }
    }
}

/// A time span as ISO 8601 has it.
fn iso8601(span: Duration) -> String {
    format!("PT{}.{:03}S", span.as_secs(), span.subsec_millis())
}
