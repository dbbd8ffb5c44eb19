//! Exposures: routes, tools, resources, prompts, skills and the control plane (rules E1-E6, PATHS-MAP, TOOL-SERVER).

mod authenticator;
mod forward;
mod mcp;
mod ordinals;
mod promise;
mod prompt;
mod resource;
mod rest;
mod route_path;
mod skill;
mod tool;

use capstan_plan::{Control, Exposure, ExposureKind, Listen};

use self::authenticator::authenticator;
use super::context::Context;
use crate::{
    diagnostic::{Code, Severity, Sink},
    model::{Expose, ExposeKind, PortDecl, Spec},
    source::Span,
};

/// Links every exposure in document order.
pub(super) fn exposures<'d>(context: &mut Context<'_, 'd>, stem: &str, sink: &mut Sink) -> Vec<Exposure> {
    let spec = context.spec;
    let mut out = Vec::new();
    for expose in &spec.exposes {
        let word = match &expose.kind {
            ExposeKind::Rest { .. } => "rest",
            ExposeKind::Mcp(_) => "mcp",
            ExposeKind::Skill(_) => "skill",
            ExposeKind::Control { .. } => "control",
        };
        let namespace = expose.namespace.map_or_else(|| format!("{stem}-{word}"), |n| n.value.to_owned());
        let authenticator = expose.authenticator.as_ref().map(|auth| authenticator(context, auth, sink));
        let kind = match &expose.kind {
            ExposeKind::Rest { params, resources } => {
                ExposureKind::Rest(rest::rest(context, expose, &namespace, params, resources, sink))
            }
            ExposeKind::Mcp(decl) => ExposureKind::Mcp(mcp::mcp(context, expose, &namespace, decl, sink)),
            ExposeKind::Skill(skills) => ExposureKind::Skill(skill::skills(context, skills, sink)),
            ExposeKind::Control { health, info, reload, validate, metrics } => ExposureKind::Control(Control {
                health: *health,
                info: *info,
                reload: *reload,
                validate: *validate,
                metrics: *metrics,
            }),
        };
        out.push(Exposure {
            namespace: namespace.into(),
            description: expose.description.map(Into::into),
            listen: listen(context, expose, sink),
            authenticator,
            kind,
            origin: context.origins.at(expose.span),
        });
    }
    out
}

fn listen(context: &Context<'_, '_>, expose: &Expose<'_>, sink: &mut Sink) -> Listen {
    let spec = context.spec;
    let (port, assigned) = match expose.port {
        PortDecl::Declared(port) => (Some(port), false),
        PortDecl::Free => (None, true),
        PortDecl::Wrong => (None, false),
        PortDecl::Missing(head) => {
            if !spec.addressed && spec.sandbox.is_none() {
                missing_port(spec, expose, head, sink);
            }
            (None, false)
        }
    };
    Listen {
        address: expose.address.map(|a| a.value.into()),
        port: port.map(|port| port.value),
        assigned,
        origin: port.map(|port| context.origins.at(port.span)),
    }
}

/// Published files whose REST operations stand under `paths` name no port at all: they are served by `--gateway`.
fn missing_port(spec: &Spec<'_>, expose: &Expose<'_>, head: Span, sink: &mut Sink) {
    let mapped = |expose: &Expose<'_>| matches!(&expose.kind, ExposeKind::Rest { resources, .. } if resources.iter().any(|resource| resource.from_map));
    let severity = if spec.exposes.iter().any(mapped) { Severity::Warning } else { Severity::Error };
    let what = match expose.kind {
        ExposeKind::Rest { .. } => "a REST exposure",
        ExposeKind::Mcp(_) => "an MCP exposure",
        ExposeKind::Skill(_) => "a skill exposure",
        ExposeKind::Control { .. } => "a control exposure",
    };
    sink.weighed(severity, Code::MissingKey, head, format!("{what} needs the key `port`"))
        .help("`port`: The TCP port; without one it is served under `--gateway` alone");
}
