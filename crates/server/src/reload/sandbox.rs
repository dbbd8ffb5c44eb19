//! Sandboxes: documents that stand in for upstreams, each on a loopback port that is known before anything else starts.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use capstan_engine::{Engine, Overrides, origin_of};
use capstan_plan::{ExposureKind, Plan};

use crate::{
    bundle::{
        compile::Compiled,
        discovery::Source,
        environment::{Environment, Variables},
    },
    capability::{
        activation::{self, Activation},
        instance::{Capability, State},
    },
    finding::Finding,
    publication::table::{Port, Table},
    shared::Shared,
};

/// A sandbox that runs.
#[derive(Clone, Debug)]
pub struct Standin {
    /// Its document.
    pub capability: Arc<Capability>,
    /// What it answers.
    pub table: Arc<Table>,
}

/// What all sandboxes of a bundle stand in for.
#[derive(Debug, Default)]
pub struct Cover {
    /// The origin that stands in for each origin.
    pub targets: HashMap<Box<str>, Box<str>>,
    /// Values that replace bindings.
    pub values: Variables,
}

impl Cover {
    /// Adds what one sandbox stands in for.
    pub fn add(&mut self, plan: &Plan, address: SocketAddr) -> Vec<Finding> {
        let Some(sandbox) = &plan.sandbox else { return Vec::new() };
        let mut findings = Vec::new();
        let target = format!("http://{address}");
        for origin in &sandbox.origins {
            match origin_of(origin) {
                Ok(origin) => {
                    self.targets.entry(origin).or_insert_with(|| target.as_str().into());
                }
                Err(why) => findings.push(Finding::plain("bad-url", why, None, None)),
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
pub fn activate(
    source: &Source,
    compiled: Compiled,
    address: SocketAddr,
    environment: &Environment,
    shared: &Shared,
) -> Standin {
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
    for (index, (_, exposure)) in capability.exposures().enumerate() {
        if matches!(exposure.kind, ExposureKind::Rest(_)) {
            port.add_rest(&capability, index);
        }
    }
    Standin { capability, table: Arc::new(Table::Port(port.built())) }
}

impl Standin {
    /// Whether it would be made from the same again.
    #[must_use]
    pub fn is_current(&self, source: &Source, environment: &Environment) -> bool {
        let (id, folder) = (&*source.id, source.folder());
        let capability = &self.capability;
        capability.path == source.path
            && capability.fingerprint.is_current()
            && capability.plan().is_none_or(|plan| capability.activation.is_current(plan, environment, id, folder))
    }
}
