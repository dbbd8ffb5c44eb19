//! What is said at start: what is served, where, what it leads to, and what is missing.

use std::{fmt::Write as _, io::Write as _, net::SocketAddr, sync::Arc, time::Duration};

use capstan_plan::{Target, Unit, UnitRef};
use capstan_server::{
    ListenerInfo, Report, Running,
    adapter::Adapter,
    capability::{exposed::Exposed, instance::Capability},
    finding::Finding,
    http::guard::is_loopback,
    publication::{slot::Slot, snapshot::Snapshot, table::Table},
};
use serde_json::Value;

use crate::{
    args::LogFormat,
    totals::{Totals, count},
};

/// More capabilities than this are summarised.
const MANY: usize = 20;
/// This many problems are shown of a summary.
const SHOWN: usize = 10;

/// Says what runs.
pub(crate) fn ready(running: &Running, report: &Report, format: LogFormat, elapsed: Duration) {
    let snapshot = running.live().current();
    let listeners = running.listeners();
    let text = match format {
        LogFormat::Json => json(&snapshot, &listeners, report, elapsed),
        LogFormat::Text => {
            let mut out = String::new();
            // Writing to a string does not fail.
            let _ = text(&mut out, running, &snapshot, &listeners, report, elapsed);
            out
        }
    };
    // In one piece, so that nobody sees half of it.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

fn json(snapshot: &Snapshot, listeners: &[ListenerInfo], report: &Report, elapsed: Duration) -> String {
    let listeners: Vec<_> = listeners.iter().map(|listener| listener_json(snapshot, listener)).collect();
    let missing: Vec<_> = snapshot
        .catalogue
        .capabilities
        .values()
        .flat_map(|capability| {
            let missing = capability.engine().map(|engine| engine.missing()).unwrap_or_default();
            missing.iter().map(|m| {
                serde_json::json!({"capability": capability.id, "name": m.name, "file": m.origin.file, "line": m.origin.line})
            })
        })
        .collect();
    let failing: Vec<_> = snapshot
        .catalogue
        .capabilities
        .values()
        .filter(|capability| capability.plan().is_none())
        .map(|capability| {
            serde_json::json!({"id": capability.id, "diagnostics": capability.errors().collect::<Vec<_>>()})
        })
        .collect();
    let line = serde_json::json!({
        "event": "ready",
        "capabilities": snapshot.catalogue.capabilities.len(),
        "milliseconds": u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        "listeners": listeners,
        "missing": missing,
        "failing": failing,
        "findings": report.findings,
    });
    format!("{line}\n")
}

fn listener_json(snapshot: &Snapshot, listener: &ListenerInfo) -> Value {
    let table = snapshot.listeners.get(&listener.id);
    let capabilities: Vec<_> = match table.map(|table| &**table) {
        Some(Table::Gateway(_)) => snapshot.catalogue.capabilities.keys().cloned().collect(),
        Some(Table::Port(port)) => port.capabilities().iter().map(|capability| capability.id.clone()).collect(),
        Some(Table::Control) | None => Vec::new(),
    };
    serde_json::json!({
        "declared": listener.slot.declared(),
        "address": listener.address,
        "url": url(listener.address),
        "gateway": matches!(listener.slot, Slot::Gateway(_)),
        "sandbox": matches!(listener.slot, Slot::Sandbox(_)),
        "kinds": table.map(|table| table.kinds()).unwrap_or_default(),
        "capabilities": capabilities,
    })
}

fn text(
    out: &mut String,
    running: &Running,
    snapshot: &Snapshot,
    listeners: &[ListenerInfo],
    report: &Report,
    elapsed: Duration,
) -> std::fmt::Result {
    let many = snapshot.catalogue.capabilities.len() > MANY;
    for finding in &report.findings {
        writeln!(out, "{}\n", finding.rendered)?;
    }
    if !many {
        for path in &report.skipped {
            writeln!(out, "note: {} is not a capability file; skipped", path.display())?;
        }
    }
    let mut totals = Totals::default();
    snapshot.catalogue.capabilities.values().filter_map(|c| c.plan()).for_each(|plan| totals.add(plan));
    if many {
        problems(out, snapshot)?;
    } else {
        for capability in snapshot.catalogue.capabilities.values() {
            describe(out, running, snapshot, listeners, capability)?;
        }
    }
    for listener in listeners {
        match &listener.slot {
            Slot::Gateway(_) => writeln!(out, "gateway: {} (index at /)", url(listener.address))?,
            Slot::Sandbox(id) => writeln!(out, "sandbox: {} is {id}", url(listener.address))?,
            Slot::Control(_) => writeln!(out, "control: {}/status", url(listener.address))?,
            Slot::Declared(..) | Slot::Assigned(..) => {}
        }
    }
    open_doors(out, snapshot, listeners)?;
    writeln!(out, "{}, {totals}", count(snapshot.catalogue.capabilities.len(), "capability"))?;
    writeln!(out, "ready in {} ms", elapsed.as_millis())
}

/// What is wrong, for thousands of documents.
fn problems(out: &mut String, snapshot: &Snapshot) -> std::fmt::Result {
    let failing: Vec<_> =
        snapshot.catalogue.capabilities.values().filter(|capability| capability.plan().is_none()).collect();
    for capability in failing.iter().take(SHOWN) {
        let first = capability.errors().next();
        let why = first.map_or_else(String::new, |f| format!("{}:{}: {}", f.file, f.line, f.message));
        writeln!(out, "{} does not run: {why}", capability.id)?;
    }
    if failing.len() > SHOWN {
        writeln!(out, "... and {} more do not run", failing.len() - SHOWN)?;
    }
    let mut missing: Vec<&str> = snapshot
        .catalogue
        .capabilities
        .values()
        .filter_map(|capability| capability.engine())
        .flat_map(|engine| engine.missing().iter().map(|missing| &*missing.name))
        .collect();
    missing.sort_unstable();
    missing.dedup();
    if !missing.is_empty() {
        let shown: Vec<_> = missing.iter().take(SHOWN).copied().collect();
        let dots = if missing.len() > SHOWN { ", ..." } else { "" };
        writeln!(out, "{} not set: {}{dots}", count(missing.len(), "value"), shown.join(", "))?;
    }
    let notices: usize = snapshot.notices.values().map(Vec::len).sum();
    if notices > 0 {
        writeln!(
            out,
            "{}; `--gateway ADDR` gives every capability its own paths",
            count(notices, "route or port conflict")
        )?;
    }
    Ok(())
}

fn describe(
    out: &mut String,
    running: &Running,
    snapshot: &Snapshot,
    listeners: &[ListenerInfo],
    capability: &Arc<Capability>,
) -> std::fmt::Result {
    let label = capability.plan().map_or("", |plan| &plan.info.label);
    writeln!(out, "{} {label}", capability.id)?;
    if capability.plan().is_none() {
        writeln!(out, "  does not run")?;
    }
    let notices = snapshot.notices.get(&capability.id).into_iter().flatten();
    for finding in capability.errors().chain(notices) {
        indented(out, finding)?;
    }
    for adapter in Exposed::all(capability).filter_map(Adapter::new) {
        self::adapter(out, running.settings().stdio.as_deref(), place(snapshot, listeners, &adapter), &adapter)?;
    }
    for missing in capability.engine().map(|engine| engine.missing()).unwrap_or_default() {
        let why = missing.why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
        writeln!(out, "  missing: {} is not set{why}; declared at {}", missing.name, missing.origin)?;
    }
    match capability.findings.warnings() {
        0 => {}
        n => writeln!(out, "  {}: `capstan check {}`", count(n as usize, "warning"), capability.path.display())?,
    }
    writeln!(out)
}

fn indented(out: &mut String, finding: &Finding) -> std::fmt::Result {
    finding.rendered.lines().try_for_each(|line| writeln!(out, "  {line}"))
}

fn adapter(out: &mut String, stdio: Option<&str>, at: Option<String>, adapter: &Adapter) -> std::fmt::Result {
    let Some(reference) = adapter.exposed().reference() else { return Ok(()) };
    let (key, kind) = (&*reference.key, adapter.kind());
    let named = |name: &str| name == key || name == format!("{}/{key}", reference.capability);
    match (at, stdio) {
        (_, Some(name)) if matches!(adapter, Adapter::Mcp(_)) && named(name) => {
            writeln!(out, "  {kind:<5} on stdin and stdout")?;
        }
        (Some(at), _) => writeln!(out, "  {kind:<5} {at}")?,
        (None, None) if !adapter.listens() => writeln!(out, "  {kind:<5} `--stdio {key}` serves it")?,
        (None, _) if adapter.is_for_operators() => {
            writeln!(out, "  {kind} {key}: `--control ADDR` serves the control plane here")?;
        }
        (None, _) => return Ok(()),
    }
    for unit in adapter.units() {
        match unit {
            UnitRef::Operation(route) => {
                let method = route.method.as_ref().map_or("*", |method| method.as_str());
                writeln!(out, "    {method} {}{}", route.pattern, leads(&route.unit))?;
            }
            UnitRef::Tool(tool) => writeln!(out, "    {}{}", tool.unit.name, leads(&tool.unit))?,
            UnitRef::Skill(skill) => writeln!(out, "    {}", skill.name)?,
            UnitRef::Prompt(_) | UnitRef::Resource(_) => {}
        }
    }
    Ok(())
}

fn leads(unit: &Unit) -> String {
    match (&unit.target, &unit.upstream) {
        (Target::Unavailable(why), _) => format!("  cannot run: {}", why.message),
        (_, Some(upstream)) => format!("  -> {upstream}"),
        (_, None) => String::new(),
    }
}

/// Where an adapter is reached.
fn place(snapshot: &Snapshot, listeners: &[ListenerInfo], adapter: &Adapter) -> Option<String> {
    let at = adapter.exposed().reference()?;
    let mut served = listeners.iter().filter(|listener| !matches!(listener.slot, Slot::Sandbox(_)));
    served.find_map(|listener| {
        let path = snapshot.listeners.get(&listener.id)?.entry(&at)?;
        Some(format!("{}{path}", url(listener.address)))
    })
}

/// Warns of listeners that everyone reaches, and names what asks for nothing there.
fn open_doors(out: &mut String, snapshot: &Snapshot, listeners: &[ListenerInfo]) -> std::fmt::Result {
    for listener in listeners.iter().filter(|listener| !is_loopback(&listener.address.ip().to_string())) {
        let Some(table) = snapshot.listeners.get(&listener.id) else { continue };
        let asks_nothing = |adapter: &&Adapter| adapter.exposed().exposure().is_some_and(|e| e.authenticator.is_none());
        let mut open: Vec<String> = table
            .adapters()
            .into_iter()
            .filter(asks_nothing)
            .filter_map(|adapter| adapter.exposed().reference())
            .map(|at| format!("`{}` of `{}`", at.key, at.capability))
            .collect();
        if open.is_empty() {
            continue;
        }
        open.sort();
        let more = open.len().saturating_sub(SHOWN);
        open.truncate(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let names = open.join(", ");
        writeln!(
            out,
            "warning: {} is reachable from other machines, without authentication: {names}{more}",
            listener.address
        )?;
    }
    Ok(())
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}
