//! Exposures: routes, tools, resources, prompts, skills and the control plane (rules E1-E6, PATHS-MAP, TOOL-SERVER).

mod authenticator;
mod forward;
mod mcp;
mod ordinals;
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
    diagnostic::Sink,
    model::{Expose, ExposeKind},
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
            listen: listen(context, expose),
            authenticator,
            kind,
            origin: context.origins.at(expose.span),
        });
    }
    out
}

fn listen(context: &Context<'_, '_>, expose: &Expose<'_>) -> Listen {
    Listen {
        origin: expose.port.map(|port| context.origins.at(port.span)),
        address: expose.address.map(|a| a.value.into()),
        port: expose.port.and_then(|p| u16::try_from(p.value).ok()),
    }
}
