//! What is running, what is on disk, and why they differ: the answer of `/status`. The reference engine's fields, and ours.

use std::{
    sync::{Arc, PoisonError},
    time::SystemTime,
};

use capstan_plan::ExposureKind;
use serde_json::{Value, json};

use crate::{
    capability::instance::Capability,
    finding::Finding,
    publication::{snapshot::Snapshot, state::PublicationState},
    serve::Running,
    time::{iso8601, rfc3339},
};

/// The status of a process. Reads files.
#[must_use]
pub(crate) fn status(running: &Running) -> Value {
    let (snapshot, state) = (running.live.current(), running.state());
    let mut capabilities: Vec<Value> =
        snapshot.capabilities.values().map(|capability| one(&snapshot, &state, capability)).collect();
    capabilities.extend(
        running
            .leaving()
            .into_iter()
            .map(|(id, deadline)| json!({"id": id, "state": "draining", "deadline": rfc3339(deadline)})),
    );
    let in_sync = capabilities.iter().all(|one| one.get("state").and_then(Value::as_str) == Some("in-sync"));
    let last = state.last.map(|run| {
        json!({
            "at": rfc3339(run.at),
            "cause": run.cause.name(),
            "milliseconds": u64::try_from(run.took.as_millis()).unwrap_or(u64::MAX),
            "compiled": run.compiled,
            "successful": run.successful,
            "published": run.published,
        })
    });
    let reference = match snapshot.capabilities.values().collect::<Vec<_>>().as_slice() {
        [only] => {
            let info = only.plan().map(|plan| &plan.info);
            json!({"label": info.map(|info| &info.label), "specVersion": info.and_then(|info| info.spec_version.as_deref())})
        }
        several => json!({"label": format!("{} capabilities", several.len()), "specVersion": null}),
    };
    json!({
        "capability": reference,
        "engine": {"name": "capstan", "version": env!("CARGO_PKG_VERSION"), "java": null, "native": true},
        "uptime": iso8601(running.started.elapsed().unwrap_or_default()),
        "otel": {"status": "inactive"},
        "adapters": adapters(running, &snapshot),
        "generation": snapshot.generation,
        "inSync": in_sync && state.findings.is_empty(),
        "lastReload": last,
        "lastSuccess": state.success.map(rfc3339),
        "capabilities": capabilities,
        "diagnostics": state.findings.iter().map(full).collect::<Vec<_>>(),
        "listeners": listeners(running),
        "generations": running.history.all(),
    })
}

/// The adapters of what runs, as the reference engine lists them.
#[must_use]
pub(crate) fn adapters(running: &Running, snapshot: &Snapshot) -> Vec<Value> {
    let listens = !running.addresses().is_empty();
    let of = |capability: &Arc<Capability>| {
        // The control plane does not count itself.
        let counted = capability.exposures().filter(|(_, e)| !matches!(e.kind, ExposureKind::Control(_)));
        let all = counted.map(|(key, exposure)| {
            let kind = match exposure.kind {
                ExposureKind::Rest(_) => "rest",
                ExposureKind::Mcp(_) => "mcp",
                ExposureKind::Skill(_) => "skill",
                ExposureKind::Control(_) => "control",
            };
            let state = if listens { "started" } else { "stopped" };
            json!({"type": kind, "namespace": key, "port": exposure.listen.port, "state": state, "capability": capability.id})
        });
        all.collect::<Vec<_>>()
    };
    snapshot.capabilities.values().flat_map(of).collect()
}

fn one(snapshot: &Snapshot, state: &PublicationState, capability: &Arc<Capability>) -> Value {
    let rejected = state.rejected.get(&capability.id);
    let runs = capability.plan().is_some();
    let hash = capability.hash();
    let on_disk = rejected.map_or_else(|| capability.hash_now(), |rejected| rejected.hash_now());
    let state = match (runs, rejected) {
        (false, _) => "never-good",
        (true, Some(_)) => "rejected",
        (true, None) if on_disk == hash => "in-sync",
        // It changed and was not read yet.
        (true, None) => "pending",
    };
    let errors =
        rejected.map_or_else(|| capability.errors().map(full).collect::<Vec<_>>(), |r| r.errors().map(full).collect());
    let notices: Vec<Value> = snapshot.notices.get(&capability.id).into_iter().flatten().map(full).collect();
    let missing: Vec<Value> = capability
        .engine()
        .map(|engine| engine.missing().to_vec())
        .unwrap_or_default()
        .iter()
        .map(|m| json!({"name": m.name, "why": m.why, "file": m.origin.file, "line": m.origin.line}))
        .collect();
    json!({
        "id": capability.id,
        "path": capability.path,
        "label": capability.plan().map(|plan| &plan.info.label),
        "state": state,
        "running": runs.then(|| json!({"hash": hash, "since": rfc3339(capability.since)})),
        "onDisk": {"hash": on_disk, "rejectedSince": rejected.map(|rejected| rfc3339(rejected.since))},
        "diagnostics": errors,
        "notices": notices,
        "missing": missing,
        "warnings": capability.findings.warnings(),
    })
}

/// A finding with its excerpt: the control plane is for those who may read the files.
#[must_use]
pub(crate) fn full(finding: &Finding) -> Value {
    let mut value = serde_json::to_value(finding).unwrap_or_default();
    if let Value::Object(members) = &mut value {
        members.insert("rendered".to_owned(), (*finding.rendered).into());
    }
    value
}

fn listeners(running: &Running) -> Vec<Value> {
    let mut all: Vec<Value> = {
        let listeners = running.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        let one = |(slot, (_, listening)): (
            &crate::publication::layout::Slot,
            &(_, crate::listen::accept::Listening),
        )| {
            let connections = listening.connections();
            json!({"address": listening.address, "declared": slot.declared(), "state": "listening", "connections": connections})
        };
        listeners.iter().map(one).collect()
    };
    all.extend(running.draining().iter().map(|drain| {
        json!({
            "address": drain.address,
            "state": "draining",
            "connections": drain.listening.connections(),
            "deadline": rfc3339(drain.deadline),
        })
    }));
    all
}

/// Whether everything on disk runs, without looking at the disk.
#[must_use]
pub(crate) fn is_in_sync(running: &Running) -> bool {
    running.state.load().is_clean() && running.live.current().capabilities.values().all(|c| c.plan().is_some())
}

/// Seconds since 1970.
#[must_use]
pub(crate) fn seconds(at: Option<SystemTime>) -> f64 {
    at.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok()).map_or(0.0, |since| since.as_secs_f64())
}
