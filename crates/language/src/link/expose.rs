//! Exposures: routes, tools, resources, prompts, skills and the control plane (rules E1-E6, PATHS-MAP, TOOL-SERVER).

mod authenticator;
mod mcp;
mod rest;
mod skill;
mod tool;

use std::collections::HashMap;

use capstan_plan::{Control, Exposure, ExposureKind, Listen};

use self::authenticator::authenticator;
use super::{call::Ordinal, context::Context};
use crate::{
    diagnostic::Sink,
    model::{Expose, ExposeKind, UnitDecl},
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
            listen: listen(expose),
            authenticator,
            kind,
            origin: context.origins.at(expose.span),
        });
    }
    out
}

fn listen(expose: &Expose<'_>) -> Listen {
    Listen {
        address: expose.address.map(|a| a.value.into()),
        port: expose.port.and_then(|p| u16::try_from(p.value).ok()),
    }
}

/// How often each call string occurs in an adapter, and which use the next one is (rule C2).
#[derive(Default)]
struct Ordinals<'d> {
    counts: HashMap<&'d str, usize>,
    seen: HashMap<&'d str, usize>,
}

impl<'d> Ordinals<'d> {
    fn count<'u>(units: impl Iterator<Item = &'u UnitDecl<'d>>) -> Self
    where
        'd: 'u,
    {
        let mut ordinals = Self::default();
        for call in units.filter_map(|u| u.call) {
            *ordinals.counts.entry(call.value).or_default() += 1;
        }
        ordinals
    }

    fn next(&mut self, unit: &UnitDecl<'d>) -> Ordinal {
        let Some(call) = unit.call else { return Ordinal::default() };
        let seen = self.seen.entry(call.value).or_default();
        let index = *seen;
        *seen += 1;
        Ordinal { index, count: self.counts.get(call.value).copied().unwrap_or(0) }
    }
}

/// A name as most model APIs accept it.
fn is_portable(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}
