//! Sandboxes: documents that stand in for upstreams, each on a loopback port that is known before anything else starts.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use capstan_engine::{Engine, Overrides, origin_of};
use capstan_plan::Plan;

use crate::{
    adapter::Adapter,
    bundle::{
        compile::Compiled,
        discovery::Source,
        environment::{Environment, Variables},
    },
    capability::{
        activation::{self, Activation},
        exposed::Exposed,
        instance::{Capability, State},
    },
    finding::{Finding, ServerCode},
    publication::{port::Port, state::Sandbox, table::Table},
    shared::Shared,
};

/// What all sandboxes of a bundle stand in for.
#[derive(Debug, Default)]
pub(crate) struct Cover {
    /// The origin that stands in for each origin.
    pub(crate) targets: HashMap<Box<str>, Box<str>>,
    /// Values that replace bindings.
    pub(crate) values: Variables,
}

impl Cover {
    /// Adds what one sandbox stands in for.
    pub(crate) fn add(&mut self, plan: &Plan, address: SocketAddr) -> Vec<Finding> {
        let Some(sandbox) = &plan.sandbox else { return Vec::new() };
        let mut findings = Vec::new();
        let target = format!("http://{address}");
        for origin in &sandbox.origins {
            match origin_of(origin) {
                Ok(origin) => {
                    self.targets.entry(origin).or_insert_with(|| target.as_str().into());
                }
                Err(why) => findings.push(Finding::plain(ServerCode::BadUrl, why, None, None)),
            }
        }
        for (name, value) in &sandbox.values {
            self.values.entry(name.to_string()).or_insert_with(|| value.to_string());
        }
        findings
    }
}

/// The sandbox as a capability of its own; what it declares to expose is all on one listener.
#[must_use]
pub(crate) fn activate(
    source: &Source,
    compiled: Compiled,
    address: SocketAddr,
    environment: &Environment,
    shared: &Shared,
) -> Sandbox {
    let mut activation = Activation::default();
    let state = match compiled.plan {
        Some(plan) => {
            let values = activation::values(&plan, environment, &source.id, source.folder());
            let url = format!("http://{address}");
            let folder = source.folder();
            let lookup = environment.of(&source.id, folder).at(&url);
            // Whatever it consumes itself stays on the machine too.
            let overrides = Overrides { sandboxes: Some(HashMap::new()), ..Overrides::default() };
            let engine = Engine::activate(plan.clone(), &lookup, &overrides, shared.engine.clone());
            activation = Activation::new(values, &engine);
            State::Serving { plan, engine: Arc::new(engine) }
        }
        None => State::Failing,
    };
    let id = source.id.clone();
    let capability = Capability::new(id, source.path.clone(), compiled.fingerprint, compiled.findings, state);
    let capability = Arc::new(capability.activated(activation));
    let mut port = Port::default();
    // Its routes alone stand in for anyone; other adapters are for those who ask for them.
    for adapter in Exposed::all(&capability).filter_map(Adapter::new).filter(|a| matches!(a, Adapter::Rest(_))) {
        port.add(adapter);
    }
    Sandbox { capability, table: Arc::new(Table::Port(port)) }
}

/// Whether a sandbox would be made from the same again.
#[must_use]
pub(crate) fn is_current(sandbox: &Sandbox, source: &Source, environment: &Environment) -> bool {
    let (id, folder) = (&*source.id, source.folder());
    let capability = &sandbox.capability;
    capability.path == source.path
        && capability.fingerprint.is_current()
        && capability.plan().is_none_or(|plan| capability.activation.is_current(plan, environment, id, folder))
}
