//! The control plane: health, status, metrics, and requests to reload or to say what a reload would do. For whoever operates the
//! process; that callers are who they must be is checked before they come here.

use std::{fmt::Write as _, sync::Arc};

use capstan_plan::Control;
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    capability::surface::{Surface, Surfaces},
    control::status,
    http::{body::Body, problem},
    publication::state::Cause,
    serve::{Report, Running},
};

/// Everything, as `--control` serves it.
pub(crate) const ALL: Control = Control { health: true, info: true, reload: true, validate: true, metrics: true };

/// Whether a path may be one of the control plane.
#[must_use]
pub(crate) fn is_below(path: &str) -> bool {
    matches!(path, "/status" | "/metrics") || path.starts_with("/health/") || path.starts_with("/config/")
}

/// Answers a request.
pub(crate) async fn answer(running: &Arc<Running>, served: &Control, method: &Method, path: &str) -> Response<Body> {
    let (wanted, is_served) = match path {
        "/health/live" | "/health/ready" => (Method::GET, served.health),
        "/status" | "/config/contract" => (Method::GET, served.info),
        "/metrics" => (Method::GET, served.metrics),
        "/config/reload" => (Method::POST, served.reload),
        "/config/validate" => (Method::POST, served.validate),
        _ => (Method::GET, false),
    };
    if !is_served {
        let detail = "there are /health/live, /health/ready, /status, /metrics, /config/contract, /config/reload and \
                      /config/validate, as far as they are switched on";
        return problem::plain(StatusCode::NOT_FOUND, "no-route", detail);
    }
    if *method != wanted && !(wanted == Method::GET && *method == Method::HEAD) {
        let mut response =
            problem::plain(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", format!("{path} takes {wanted}"));
        if let Ok(allow) = HeaderValue::from_str(wanted.as_str()) {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        return response;
    }
    match path {
        "/health/live" => json(StatusCode::OK, &json!({"status": "UP"})),
        "/health/ready" => ready(running),
        "/status" => {
            let running = running.clone();
            match tokio::task::spawn_blocking(move || status::status(&running)).await {
                Ok(status) => json(StatusCode::OK, &status),
                Err(_) => problem::plain(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the status could not be made"),
            }
        }
        "/metrics" => metrics(running),
        "/config/contract" => json(StatusCode::OK, &surface(running)),
        "/config/reload" => reload(running).await,
        _ => running.validate().await,
    }
}

/// Ready is who serves; a reload that was rejected changes nothing about that, unless the operator is strict.
fn ready(running: &Running) -> Response<Body> {
    let snapshot = running.live.current();
    let up = snapshot.generation > 0 && (!running.settings.strict || status::is_in_sync(running));
    let (status, word) = if up { (StatusCode::OK, "UP") } else { (StatusCode::SERVICE_UNAVAILABLE, "DEGRADED") };
    json(status, &json!({"status": word, "adapters": status::adapters(running, &snapshot)}))
}

fn surface(running: &Running) -> Value {
    let snapshot = running.live.current();
    let contracts: Surfaces = snapshot
        .capabilities
        .values()
        .filter_map(|capability| Some((capability.id.to_string(), Surface::of(capability.plan()?))))
        .collect();
    json!({"generation": snapshot.generation, "capabilities": contracts})
}

async fn reload(running: &Arc<Running>) -> Response<Body> {
    // Goes on when the caller does not wait.
    let this = running.clone();
    let ran = tokio::spawn(async move { this.reload(Cause::Request).await }).await;
    let report = match ran {
        Ok(Ok(report)) => report,
        Ok(Err(error)) => {
            return json(StatusCode::CONFLICT, &json!({"status": "rejected", "reason": error.message}));
        }
        Err(_) => return problem::plain(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the reload did not end"),
    };
    let status = if running.state().is_clean() { StatusCode::OK } else { StatusCode::CONFLICT };
    json(status, &outcome(running, &report))
}

fn outcome(running: &Running, report: &Report) -> Value {
    let clean = running.state().is_clean();
    let word = match (report.published, clean) {
        (true, true) => "applied",
        (true, false) => "partly-applied",
        (false, true) => "unchanged",
        (false, false) => "rejected",
    };
    let rejected: Vec<Value> = report
        .rejected
        .iter()
        .map(|capability| {
            let diagnostics: Vec<Value> = capability.errors().map(status::full).collect();
            json!({"capability": capability.id, "diagnostics": diagnostics})
        })
        .collect();
    let findings = report.findings.iter();
    let of_rejected = report.rejected.iter().flat_map(|capability| capability.errors());
    let reason = of_rejected.chain(findings).next().map(|finding| &finding.message);
    json!({
        "status": word,
        "reason": reason,
        "generation": report.generation,
        "milliseconds": u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
        "changes": report.changes,
        "breaking": report.changes.iter().any(|change| change.breaking),
        "rejected": rejected,
        "diagnostics": report.findings.iter().map(status::full).collect::<Vec<_>>(),
    })
}

fn metrics(running: &Running) -> Response<Body> {
    let mut text = running.shared.metrics.text();
    // Writing to a string does not fail.
    let _ = gauges(&mut text, running);
    let mut response = Response::new(Body::from(text));
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn gauges(out: &mut String, running: &Running) -> std::fmt::Result {
    let state = running.state();
    let snapshot = running.live.current();
    let successful = state.last.is_none_or(|run| run.successful);
    let mut gauge =
        |name: &str, help: &str, value: f64| writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
    gauge(
        "config_last_reload_successful",
        "Whether the last reload took everything.",
        f64::from(u8::from(successful)),
    )?;
    let at = status::seconds(state.success);
    gauge("config_last_reload_success_timestamp_seconds", "When a reload last took everything.", at)?;
    let in_sync = f64::from(u8::from(status::is_in_sync(running)));
    gauge("config_in_sync", "Whether everything on disk runs.", in_sync)?;
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    gauge("capstan_generation", "Publications so far.", count(usize::try_from(snapshot.generation).unwrap_or(0)))?;
    gauge("capstan_capabilities", "Documents.", count(snapshot.capabilities.len()))?;
    gauge("capstan_capabilities_rejected", "Documents whose last good version runs.", count(state.rejected.len()))?;
    let start = status::seconds(Some(running.started));
    gauge("process_start_time_seconds", "When the process started.", start)?;
    if let Some(bytes) = resident() {
        gauge("process_resident_memory_bytes", "Resident memory.", bytes)?;
    }
    Ok(())
}

/// Resident memory, where the system tells.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}

pub(crate) fn json(status: StatusCode, value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(serde_json::to_vec(value).unwrap_or_default()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
