//! Adapters of one document that want the same port: what cannot share it, and routes that are declared twice there.

use std::collections::HashMap;

use capstan_plan::{ExposureKind, Plan};

use crate::{
    diagnostic::{Code, Sink},
    model::{Expose, ExposeKind, Spec},
    source::Span,
};

/// Whether an address is this machine alone.
pub(super) fn is_loopback(address: &str) -> bool {
    let bare = address.trim().trim_start_matches('[').trim_end_matches(']');
    let numbers = || bare.split('.').count() == 4 && bare.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    bare.eq_ignore_ascii_case("localhost") || bare == "::1" || (bare.starts_with("127.") && numbers())
}

/// Looks at every pair of adapters that declare one port. Under an address that is given elsewhere each has a path of its own.
pub(super) fn ports(spec: &Spec<'_>, plan: &Plan, sink: &mut Sink) {
    if spec.addressed {
        return;
    }
    for (at, second) in spec.exposes.iter().enumerate() {
        let Some(port) = second.port.declared().filter(|_| listens(second)) else { continue };
        let same = |first: &&Expose<'_>| {
            listens(first) && first.port.declared().is_some_and(|other| other.value == port.value)
        };
        for first in spec.exposes.iter().take(at).filter(same) {
            let Some(label) = first.port.declared().map(|port| port.span) else { continue };
            if let Some((message, help)) = conflict(first, second, port.value) {
                sink.error(Code::PortConflict, port.span, message).label(label, "the first one").help(help);
                break;
            }
        }
    }
    routes(spec, plan, sink);
}

/// An adapter on standard input has no port, whatever it declares; a control adapter has rules of its own.
fn listens(expose: &Expose<'_>) -> bool {
    match &expose.kind {
        ExposeKind::Mcp(mcp) => !mcp.stdio,
        ExposeKind::Control { .. } => false,
        ExposeKind::Rest { .. } | ExposeKind::Skill(_) => true,
    }
}

/// Why two adapters cannot both have a port, and what to do.
fn conflict(first: &Expose<'_>, second: &Expose<'_>, port: u16) -> Option<(String, &'static str)> {
    let (one, other) = (address(first), address(second));
    if one != other {
        let all = |address: &str| matches!(address, "0.0.0.0" | "::");
        let taken = if all(one) { one } else { other };
        return (all(one) || all(other)).then(|| {
            let message = format!("`{taken}` takes port {port} on every address of this machine");
            (message, "give both the same `address`, or another port")
        });
    }
    let kind = match (&first.kind, &second.kind) {
        (ExposeKind::Mcp(_), ExposeKind::Mcp(_)) => "MCP",
        (ExposeKind::Skill(_), ExposeKind::Skill(_)) => "skill",
        _ => return None,
    };
    let help = "give it another port; `serve --gateway` gives every adapter a path of its own";
    Some((format!("another {kind} adapter has port {port}"), help))
}

fn address<'d>(expose: &Expose<'d>) -> &'d str {
    let written = expose.address.map_or("", |address| address.value.trim());
    let bare = written.trim_start_matches('[').trim_end_matches(']');
    if bare.is_empty() || bare.eq_ignore_ascii_case("localhost") { "127.0.0.1" } else { bare }
}

/// Routes that two REST adapters declare at one port (within one adapter they are rule E1's).
fn routes(spec: &Spec<'_>, plan: &Plan, sink: &mut Sink) {
    let mut known: HashMap<String, (usize, Span)> = HashMap::new();
    for (at, (expose, exposure)) in spec.exposes.iter().zip(&plan.exposures).enumerate() {
        let (Some(port), ExposureKind::Rest(rest)) = (expose.port.declared(), &exposure.kind) else { continue };
        for route in &rest.routes {
            let Some(span) = span_of(expose, &route.unit.name) else { continue };
            let place = format!("{} {}", address(expose), port.value);
            let key = format!("{place} {:?} {} {:?}", route.method, route.pattern.key(), route.query);
            match known.get(&key) {
                Some((other, first)) if *other != at => {
                    let method = route.method.as_ref().map_or("*", |method| method.as_str());
                    let message =
                        format!("another adapter on port {} answers `{method} {}` too", port.value, route.pattern);
                    sink.report(Code::DupRoute, span, message)
                        .label(*first, "the first one")
                        .help("give it another path, method or port")
                        .unit(route.unit.name.to_string());
                }
                Some(_) => {}
                None => drop(known.insert(key, (at, span))),
            }
        }
    }
}

/// Where the unit of a name is declared.
fn span_of(expose: &Expose<'_>, name: &str) -> Option<Span> {
    let ExposeKind::Rest { resources, .. } = &expose.kind else { return None };
    let mut units = resources.iter().flat_map(|resource| &resource.units);
    units.find(|unit| unit.name.is_none_or(|known| known.value == name)).map(|unit| unit.span)
}
