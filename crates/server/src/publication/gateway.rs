//! Everything on one port: `/{id}{path}` for REST and `/{id}` with the adapter's own paths for all others, with the namespace after
//! the id where a document has several adapters of the kind.

use std::{collections::HashMap, sync::Arc};

use crate::{
    adapter::{
        Adapter,
        paths::{Asked, Beside, Paths},
    },
    capability::{exposed::Exposed, instance::Capability},
    routing::{router::decode, routes::Routes},
};

/// The mounts of a gateway.
#[derive(Debug, Default)]
pub struct Gateway {
    mounts: HashMap<Arc<str>, Arc<Mount>>,
    deepest: usize,
}

/// One capability below its id.
#[derive(Debug)]
pub struct Mount {
    /// The capability.
    pub capability: Arc<Capability>,
    /// Each adapter that is reached here, by key.
    adapters: Vec<(Arc<str>, Adapter)>,
}

/// Where a path under a gateway leads.
#[derive(Clone, Copy, Debug)]
pub enum GatewayMatch<'t, 'p> {
    /// An adapter, and the path it sees.
    Adapter(&'t Adapter, &'p str),
    /// A capability, but none of its adapters.
    Within(&'t Mount),
    /// The index.
    Index,
    /// Nothing.
    Nothing,
}

impl Gateway {
    /// Mounts a capability, serving or failing.
    pub fn mount(&mut self, mount: Arc<Mount>) {
        let id = mount.capability.id.clone();
        self.deepest = self.deepest.max(id.matches('/').count() + 1);
        self.mounts.insert(id, mount);
    }

    /// The mount of a capability that did not change since, with what was compiled for it.
    #[must_use]
    pub fn same(&self, capability: &Arc<Capability>) -> Option<&Arc<Mount>> {
        self.mounts.get(&capability.id).filter(|mount| Arc::ptr_eq(&mount.capability, capability))
    }

    /// The mount of an id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Mount>> {
        self.mounts.get(id)
    }

    /// All mounts, in no order.
    pub fn mounts(&self) -> impl Iterator<Item = &Arc<Mount>> {
        self.mounts.values()
    }

    /// Where a request at `path` leads; without one, whose path it is. Of two ids that fit, the longer one is meant.
    #[must_use]
    pub fn at<'t, 'p>(&'t self, path: &'p str, asked: Option<Asked<'_>>) -> GatewayMatch<'t, 'p> {
        let inner = path.strip_prefix('/').unwrap_or(path);
        if inner.is_empty() {
            return GatewayMatch::Index;
        }
        let ends = inner.match_indices('/').map(|(at, _)| at).chain([inner.len()]).take(self.deepest);
        let mut best = None;
        for end in ends {
            let (id, rest) = inner.split_at(end);
            if let Some(mount) = self.mounts.get(&*decode(id)) {
                best = Some((mount, rest));
            }
        }
        match best {
            Some((mount, rest)) => mount.at(rest, asked),
            None => GatewayMatch::Nothing,
        }
    }
}

impl Mount {
    /// The mount of a capability.
    #[must_use]
    pub fn new(capability: Arc<Capability>) -> Self {
        let keys = capability.exposures().map(|(key, _)| key.clone());
        let adapters = keys.zip(Exposed::all(&capability)).filter_map(|(key, exposed)| {
            let adapter = Adapter::new(exposed)?;
            let mounted = match adapter.paths() {
                Paths::Routes => true,
                Paths::Fixed(fixed) => fixed.below_an_id.is_some(),
            };
            mounted.then_some((key, adapter))
        });
        let adapters = adapters.collect();
        Self { capability, adapters }
    }

    /// The adapters that are reached here.
    pub fn adapters(&self) -> impl Iterator<Item = &Adapter> {
        self.adapters.iter().map(|(_, adapter)| adapter)
    }

    /// The path of the adapter of that key under the gateway, without the id; none when it is not reached here.
    #[must_use]
    pub fn path(&self, key: &str) -> Option<String> {
        let (_, adapter) = self.adapters.iter().find(|(known, _)| **known == *key)?;
        let tail = match adapter.paths() {
            Paths::Routes => "",
            Paths::Fixed(fixed) => fixed.below_an_id?,
        };
        Some(if self.is_sole(adapter) { tail.to_owned() } else { format!("/{key}{tail}") })
    }

    /// Whether it is the only one of its kind: then it is reached without its key.
    fn is_sole(&self, adapter: &Adapter) -> bool {
        self.adapters().filter(|other| other.kind() == adapter.kind()).count() == 1
    }

    /// Where a path below the id leads: to who claims it, else to a route.
    fn at<'t, 'p>(&'t self, rest: &'p str, asked: Option<Asked<'_>>) -> GatewayMatch<'t, 'p> {
        let inner = rest.strip_prefix('/').unwrap_or(rest);
        let (first, tail) = match inner.split_once('/') {
            Some((first, _)) => (first, inner.get(first.len()..).unwrap_or_default()),
            None => (inner, ""),
        };
        let first = decode(first);
        for (key, adapter) in &self.adapters {
            let Paths::Fixed(fixed) = adapter.paths() else { continue };
            let sole = self.is_sole(adapter);
            let keyed = !sole || matches!(fixed.beside, Beside::Route);
            if keyed && **key == *first && fixed.claims_below_an_id(tail) {
                return GatewayMatch::Adapter(adapter, tail);
            }
            if sole
                && fixed.claims_below_an_id(rest)
                && !fixed.yields(asked, |asked| self.routes().is_some_and(|routes| routes.has(rest, asked)))
            {
                return GatewayMatch::Adapter(adapter, rest);
            }
        }
        let mut with_routes = self.adapters.iter().filter(|(_, adapter)| matches!(adapter, Adapter::Rest(_)));
        match (with_routes.next(), with_routes.next()) {
            (None, _) => GatewayMatch::Within(self),
            (Some((_, only)), None) => GatewayMatch::Adapter(only, rest),
            (Some(one), Some(other)) => {
                let found = [one, other].into_iter().chain(with_routes).find(|(key, _)| **key == *first);
                found.map_or(GatewayMatch::Within(self), |(_, adapter)| GatewayMatch::Adapter(adapter, tail))
            }
        }
    }

    /// The routes of the only REST adapter.
    fn routes(&self) -> Option<&Routes> {
        let mut with_routes = self.adapters().filter_map(|adapter| match adapter {
            Adapter::Rest(rest) => Some(rest),
            _ => None,
        });
        match (with_routes.next(), with_routes.next()) {
            (Some(only), None) => Some(only.routes()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
