//! `/metrics`: what is counted of requests, and gauges of the process, as Prometheus reads them.

use std::{fmt::Write as _, time::SystemTime};

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, header};

use super::{answers::Refused, operations::Overview, operator::Operator};

/// All metrics.
pub(super) async fn metrics(State(operator): State<Operator>) -> Result<Response, Refused> {
    let overview = operator.get()?.overview();
    let mut text = overview.metrics.text();
    // Writing to a string does not fail.
    let _ = gauges(&mut text, &overview);
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

fn gauges(out: &mut String, overview: &Overview) -> std::fmt::Result {
    let (state, catalogue) = (&overview.state, &overview.snapshot.catalogue);
    let successful = state.last.is_none_or(|run| run.successful);
    let mut gauge =
        |name: &str, help: &str, value: f64| writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
    gauge(
        "config_last_reload_successful",
        "Whether the last reload took everything.",
        f64::from(u8::from(successful)),
    )?;
    let at = seconds(state.success);
    gauge("config_last_reload_success_timestamp_seconds", "When a reload last took everything.", at)?;
    let in_sync = f64::from(u8::from(overview.is_in_sync()));
    gauge("config_in_sync", "Whether everything on disk runs.", in_sync)?;
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    gauge("capstan_generation", "Publications so far.", count(usize::try_from(catalogue.generation).unwrap_or(0)))?;
    gauge("capstan_capabilities", "Documents.", count(catalogue.capabilities.len()))?;
    gauge("capstan_capabilities_rejected", "Documents whose last good version runs.", count(state.rejected.len()))?;
    gauge(
        "capstan_capabilities_held",
        "Documents whose new version waits for a confirmation.",
        count(state.held.len()),
    )?;
    gauge("capstan_buffered_bytes", "Bytes of bodies that wait in memory.", count(overview.buffered))?;
    gauge("process_start_time_seconds", "When the process started.", seconds(Some(overview.started)))?;
    if let Some(bytes) = resident() {
        gauge("process_resident_memory_bytes", "Resident memory.", bytes)?;
    }
    Ok(())
}

/// Seconds since 1970.
fn seconds(at: Option<SystemTime>) -> f64 {
    at.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok()).map_or(0.0, |since| since.as_secs_f64())
}

/// Resident memory, where the system tells.
#[allow(clippy::disallowed_methods, reason = "the system tells of memory in a file")]
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}
