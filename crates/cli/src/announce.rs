//! What is said at start: what is served, where, what it leads to, and what is missing.

use std::{fmt::Write as _, net::SocketAddr, time::Duration};

use capstan_plan::{Exposure, ExposureKind, Target, Unit};
use capstan_server::{
    ListenerInfo, Report, Running,
    capability::instance::Capability,
    finding::Finding,
    http::guard::is_loopback,
    publication::{layout::Slot, snapshot::Snapshot, table::Table},
    serve::wants_stdio,
};

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
        LogFormat::Json => json(&snapshot, &listeners, elapsed),
        LogFormat::Text => {
            let mut out = String::new();
            // Writing to a string does not fail.
            let _ = text(&mut out, running, &snapshot, &listeners, report, elapsed);
            out
        }
    };
    // In one piece, so that nobody sees half of it.
    eprint!("{text}");
}

fn json(snapshot: &Snapshot, listeners: &[ListenerInfo], elapsed: Duration) -> String {
    let listeners: Vec<_> = listeners
        .iter()
        .map(|listener| {
            let (kinds, capabilities) = match snapshot.listeners.get(&listener.id).map(|table| &**table) {
                Some(Table::Gateway(_)) => {
                    (vec!["rest", "mcp", "skill"], snapshot.capabilities.keys().cloned().collect())
                }
                Some(Table::Port(port)) => {
                    let mut kinds: Vec<&str> =
                        port.adapters().filter_map(|adapter| Some(kind(&adapter.exposure()?.kind))).collect();
                    kinds.dedup();
                    let mut ids: Vec<_> = port.members().iter().map(|member| member.id.clone()).collect();
                    if let Some(mcp) = &port.mcp {
                        ids.push(mcp.capability.id.clone());
                        ids.dedup();
                    }
                    (kinds, ids)
                }
                Some(Table::Control) => (vec!["control"], Vec::new()),
                None => (Vec::new(), Vec::new()),
            };
            serde_json::json!({
                "declared": listener.slot.declared(),
                "address": listener.address,
                "url": url(listener.address),
                "gateway": matches!(listener.slot, Slot::Gateway(_)),
                "sandbox": matches!(listener.slot, Slot::Sandbox(_)),
                "kinds": kinds,
                "capabilities": capabilities,
            })
        })
        .collect();
    let missing: Vec<_> = snapshot
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
        .capabilities
        .values()
        .filter(|capability| capability.plan().is_none())
        .map(|capability| {
            serde_json::json!({"id": capability.id, "diagnostics": capability.errors().collect::<Vec<_>>()})
        })
        .collect();
    let line = serde_json::json!({
        "event": "ready",
        "capabilities": snapshot.capabilities.len(),
        "milliseconds": u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        "listeners": listeners,
        "missing": missing,
        "failing": failing,
    });
    format!("{line}\n")
}

fn text(
    out: &mut String,
    running: &Running,
    snapshot: &Snapshot,
    listeners: &[ListenerInfo],
    report: &Report,
    elapsed: Duration,
) -> std::fmt::Result {
    let many = snapshot.capabilities.len() > MANY;
    for finding in &report.findings {
        writeln!(out, "{}\n", finding.rendered)?;
    }
    if !many {
        for path in &report.skipped {
            writeln!(out, "note: {} is not a capability file; skipped", path.display())?;
        }
    }
    let mut totals = Totals::default();
    snapshot.capabilities.values().filter_map(|c| c.plan()).for_each(|plan| totals.add(plan));
    if many {
        problems(out, snapshot)?;
    } else {
        for capability in snapshot.capabilities.values() {
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
    writeln!(out, "{}, {totals}", count(snapshot.capabilities.len(), "capability"))?;
    writeln!(out, "ready in {} ms", elapsed.as_millis())
}

/// What is wrong, for thousands of documents.
fn problems(out: &mut String, snapshot: &Snapshot) -> std::fmt::Result {
    let failing: Vec<_> = snapshot.capabilities.values().filter(|capability| capability.plan().is_none()).collect();
    for capability in failing.iter().take(SHOWN) {
        let first = capability.errors().next();
        let why = first.map_or_else(String::new, |f| format!("{}:{}: {}", f.file, f.line, f.message));
        writeln!(out, "{} does not run: {why}", capability.id)?;
    }
    if failing.len() > SHOWN {
        writeln!(out, "... and {} more do not run", failing.len() - SHOWN)?;
    }
    let mut missing: Vec<&str> = snapshot
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
    capability: &Capability,
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
    for (key, exposure) in capability.exposures() {
        let stdio = running.settings().stdio.as_deref();
        adapter(out, stdio, place(snapshot, listeners, capability, key), capability, (key, exposure))?;
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

fn adapter(
    out: &mut String,
    stdio: Option<&str>,
    at: Option<String>,
    capability: &Capability,
    (key, exposure): (&std::sync::Arc<str>, &Exposure),
) -> std::fmt::Result {
    let named = |name: &str| name == &**key || name == format!("{}/{key}", capability.id);
    match &exposure.kind {
        ExposureKind::Rest(rest) => {
            let Some(at) = at else { return Ok(()) };
            writeln!(out, "  rest  {at}")?;
            for route in &rest.routes {
                let method = route.method.as_ref().map_or("*", |method| method.as_str());
                writeln!(out, "    {method} {}{}", route.pattern, leads(&route.unit))?;
            }
        }
        ExposureKind::Mcp(mcp) => {
            match (at, stdio) {
                (_, Some(name)) if named(name) => writeln!(out, "  mcp   on stdin and stdout")?,
                (Some(at), _) => writeln!(out, "  mcp   {at}")?,
                (None, None) if wants_stdio(&exposure.kind) => writeln!(out, "  mcp   `--stdio {key}` serves it")?,
                (None, _) => return Ok(()),
            }
            for tool in &mcp.tools {
                writeln!(out, "    {}{}", tool.unit.name, leads(&tool.unit))?;
            }
        }
        ExposureKind::Skill(adapter) => {
            let Some(at) = at else { return Ok(()) };
            writeln!(out, "  skill {at}")?;
            for skill in &adapter.skills {
                writeln!(out, "    {}", skill.name)?;
            }
        }
        ExposureKind::Control(_) => match at {
            Some(at) => writeln!(out, "  control {at}/status")?,
            None => writeln!(out, "  control {key}: `--control ADDR` serves the control plane here")?,
        },
    }
    Ok(())
}

fn kind(kind: &ExposureKind) -> &'static str {
    match kind {
        ExposureKind::Rest(_) => "rest",
        ExposureKind::Mcp(_) => "mcp",
        ExposureKind::Skill(_) => "skill",
        ExposureKind::Control(_) => "control",
    }
}

fn leads(unit: &Unit) -> String {
    match (&unit.target, &unit.upstream) {
        (Target::Unavailable(why), _) => format!("  cannot run: {}", why.message),
        (_, Some(upstream)) => format!("  -> {upstream}"),
        (_, None) => String::new(),
    }
}

/// Where an adapter is reached.
fn place(
    snapshot: &Snapshot,
    listeners: &[ListenerInfo],
    capability: &Capability,
    key: &std::sync::Arc<str>,
) -> Option<String> {
    let exposure = capability.exposure(key)?;
    let is_mcp = matches!(exposure.kind, ExposureKind::Mcp(_));
    listeners.iter().find_map(|listener| {
        let base = url(listener.address);
        match &**snapshot.listeners.get(&listener.id)? {
            Table::Gateway(gateway) => {
                let mount = gateway.get(&capability.id)?;
                let path = match exposure.kind {
                    ExposureKind::Mcp(_) => mount.mcp_path(key),
                    ExposureKind::Skill(_) => mount.skill_path(key),
                    ExposureKind::Rest(_) => mount.rest_prefix(key),
                    ExposureKind::Control(_) => return None,
                };
                Some(format!("{base}/{}{path}", capability.id))
            }
            Table::Control => None,
            Table::Port(port) if is_mcp => {
                let here = port.mcp.as_ref().is_some_and(|mcp| mcp.at == capability.reference(key));
                here.then(|| format!("{base}/mcp"))
            }
            Table::Port(port) if matches!(exposure.kind, ExposureKind::Skill(_)) => {
                let adapter = port.skill()?;
                let same = adapter.capability.id == capability.id && capability.position(key) == Some(adapter.index);
                same.then(|| format!("{base}/skills"))
            }
            Table::Port(port) => {
                let member = port.members().iter().any(|member| member.id == capability.id);
                let same = match &listener.slot {
                    Slot::Declared(declared, _) => exposure.listen.port == Some(*declared),
                    Slot::Assigned(at, _) => *at == capability.reference(key),
                    Slot::Gateway(_) | Slot::Sandbox(_) | Slot::Control(_) => false,
                };
                (member && same).then_some(base)
            }
        }
    })
}

/// Warns of listeners that everyone reaches and that ask for nothing.
fn open_doors(out: &mut String, snapshot: &Snapshot, listeners: &[ListenerInfo]) -> std::fmt::Result {
    let open = snapshot.capabilities.values().flat_map(|c| c.exposures()).any(|(_, e)| e.authenticator.is_none());
    for listener in listeners.iter().filter(|listener| open && !is_loopback(&listener.address.ip().to_string())) {
        writeln!(out, "warning: {} is reachable from other machines, without authentication", listener.address)?;
    }
    Ok(())
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}
