//! One port with the adapters that share it: who claims a path, and who came first where two want the same.

use std::sync::Arc;

use crate::{
    adapter::{
        Adapter,
        paths::{Asked, Paths},
    },
    capability::instance::Capability,
    finding::{Finding, ServerCode},
    routing::routes::Routes,
};

/// Adapters that share a port, or one adapter alone.
#[derive(Debug, Default)]
pub struct Port {
    /// The routes of all REST adapters here.
    routes: Routes,
    adapters: Vec<Adapter>,
}

/// Who answers at a path of a port.
#[derive(Clone, Copy, Debug)]
pub enum PortMatch<'t> {
    /// The adapter that claims the path.
    Adapter(&'t Adapter),
    /// One of the routes, or none of them.
    Routes(&'t Routes),
}

impl Port {
    /// Adds an adapter. Of those that claim fixed paths a port has room for one of a kind; routes that another capability has are
    /// left out. What it does not get is reported.
    pub fn add(&mut self, adapter: Adapter) -> Vec<Finding> {
        let exposed = adapter.exposed();
        let findings = match adapter.paths() {
            Paths::Routes => self.routes.add(exposed),
            Paths::Fixed(_) => {
                if let Some(incumbent) = self.adapters.iter().find(|known| known.kind() == adapter.kind()) {
                    let holder = incumbent.exposed().reference();
                    let holder = holder.map(|at| format!("`{}` of `{}`", at.key, at.capability)).unwrap_or_default();
                    let message = format!("the {} adapter {holder} has this port already", adapter.title());
                    let origin =
                        exposed.exposure().map(|exposure| exposure.listen.origin.as_ref().unwrap_or(&exposure.origin));
                    return vec![Finding::plain(ServerCode::PortConflict, message, origin, None)];
                }
                Vec::new()
            }
        };
        self.adapters.push(adapter);
        findings
    }

    /// Reserves those of an adapter's routes that the same document had in `before`.
    pub fn reserve(&mut self, adapter: &Adapter, before: &Self) {
        if let Paths::Routes = adapter.paths() {
            self.routes.reserve(adapter.exposed(), &before.routes);
        }
    }

    /// Whether the fixed paths that `adapter` claims are its own here.
    #[must_use]
    pub fn has(&self, adapter: &Adapter) -> bool {
        let Paths::Fixed(_) = adapter.paths() else { return false };
        let wanted = adapter.exposed().reference();
        self.adapters.iter().any(|known| known.kind() == adapter.kind() && known.exposed().reference() == wanted)
    }

    /// What others wanted of those who have it, by who has it.
    pub fn take_disputes(&mut self) -> Vec<(Arc<str>, Finding)> {
        self.routes.take_disputes()
    }

    /// Who answers a request at a path; without one, whose path it is.
    #[must_use]
    pub fn at(&self, path: &str, asked: Option<Asked<'_>>) -> PortMatch<'_> {
        let claims = |adapter: &&Adapter| match adapter.paths() {
            Paths::Routes => false,
            Paths::Fixed(fixed) => fixed.claims(path) && !fixed.yields(asked, |asked| self.routes.has(path, asked)),
        };
        match self.adapters.iter().find(claims) {
            Some(adapter) => PortMatch::Adapter(adapter),
            None => PortMatch::Routes(&self.routes),
        }
    }

    /// The adapters that answer here.
    #[must_use]
    pub fn adapters(&self) -> &[Adapter] {
        &self.adapters
    }

    /// The capabilities that answer here.
    #[must_use]
    pub fn capabilities(&self) -> Vec<&Arc<Capability>> {
        let mut all: Vec<&Arc<Capability>> = Vec::new();
        for adapter in &self.adapters {
            let capability = &adapter.exposed().capability;
            if !all.iter().any(|known| Arc::ptr_eq(known, capability)) {
                all.push(capability);
            }
        }
        all
    }
}
