//! What one listener answers: the merged routes of the adapters on a port, or the mounts of a gateway.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use capstan_plan::{Exposure, ExposureKind, Pattern, Piece, Rest, Route, Segment};

use crate::{
    adapter::{mcp::McpEndpoint, skill},
    auth::Gate,
    capability::instance::{Capability, ExposureRef},
    finding::Finding,
    publication::{gateway::Gateway, snapshot::Live},
    routing::router::{Entry, Router},
    shared::Shared,
};

/// What one listener answers.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one for each listener")]
pub enum Table {
    /// Adapters at the paths they declare.
    Port(Port),
    /// Everything, below the ids.
    Gateway(Gateway),
    /// The control plane of the process.
    Control,
}

/// Adapters that share a port, or one adapter alone.
#[derive(Debug, Default)]
pub struct Port {
    /// The capabilities; routes name them by position.
    members: Vec<Arc<Capability>>,
    router: Router<RouteRef>,
    /// Routes taken, to find conflicts between documents.
    taken: BTreeMap<String, Vec<Taken>>,
    /// What others wanted of those who have it.
    disputes: Vec<(Arc<str>, Finding)>,
    /// The MCP adapter at `/` and `/mcp`.
    pub mcp: Option<McpMount>,
    /// The control adapter.
    pub control: Option<AdapterRef>,
    /// The REST adapters and the skill adapter.
    others: Vec<AdapterRef>,
}

/// One adapter of a capability.
#[derive(Clone, Debug)]
pub struct AdapterRef {
    /// The capability.
    pub capability: Arc<Capability>,
    /// The position of the exposure.
    pub index: usize,
}

impl AdapterRef {
    /// The exposure.
    #[must_use]
    pub fn exposure(&self) -> Option<&Exposure> {
        self.capability.plan()?.exposures.get(self.index)
    }

    /// The check in front of it.
    #[must_use]
    pub fn gate(&self) -> Option<&Gate> {
        self.capability.gate(self.index)
    }
}

#[derive(Debug)]
struct Taken {
    member: usize,
    method: Option<http::Method>,
    query: Box<[(Box<str>, Box<str>)]>,
}

/// Where a route is.
#[derive(Clone, Debug)]
pub struct RouteRef {
    member: usize,
    exposure: usize,
    route: usize,
    /// The names of its placeholders, in the order of captures.
    pub params: Arc<[Box<str>]>,
}

/// One route with all that is needed to answer.
#[derive(Clone, Copy, Debug)]
pub struct Target<'t> {
    /// The capability.
    pub capability: &'t Arc<Capability>,
    /// The adapter.
    pub exposure: &'t Exposure,
    /// The check in front of the adapter.
    pub gate: Option<&'t Gate>,
    /// The route.
    pub route: &'t Route,
    /// The names of its placeholders.
    pub params: &'t [Box<str>],
}

/// A mounted MCP adapter. Its endpoint exists from the first request on.
#[derive(Debug)]
pub struct McpMount {
    /// The capability.
    pub capability: Arc<Capability>,
    /// The adapter.
    pub at: ExposureRef,
    endpoint: OnceLock<Arc<McpEndpoint>>,
}

impl McpMount {
    /// The mount of an exposure.
    #[must_use]
    pub fn new(capability: Arc<Capability>, at: ExposureRef) -> Self {
        Self { capability, at, endpoint: OnceLock::new() }
    }

    /// The adapter.
    #[must_use]
    pub fn adapter(&self) -> Option<AdapterRef> {
        let index = self.capability.position(&self.at.key)?;
        Some(AdapterRef { capability: self.capability.clone(), index })
    }

    /// The endpoint.
    pub fn endpoint(&self, live: &Arc<Live>, shared: &Arc<Shared>) -> &Arc<McpEndpoint> {
        self.endpoint.get_or_init(|| shared.endpoint(self.at.clone(), live))
    }
}

impl Port {
    /// Adds the routes of one REST exposure. Routes that another capability has are left out and reported.
    pub fn add_rest(&mut self, capability: &Arc<Capability>, exposure: usize) -> Vec<Finding> {
        let Some(plan) = capability.plan() else { return Vec::new() };
        let Some(Exposure { kind: ExposureKind::Rest(rest), .. }) = plan.exposures.get(exposure) else {
            return Vec::new();
        };
        let member = self.member(capability);
        self.others.push(AdapterRef { capability: capability.clone(), index: exposure });
        let mut findings = Vec::new();
        let keys: Vec<String> = rest.routes.iter().map(|route| route.pattern.key()).collect();
        for (index, (route, key)) in rest.routes.iter().zip(&keys).enumerate() {
            if let Some(incumbent) = self.incumbent(member, key, route).cloned() {
                let message =
                    format!("`{}` declares {} {} too and does not get it", capability.id, method(route), route.pattern);
                self.disputes.push((incumbent.clone(), Finding::plain("route-conflict", message, None, None)));
                findings.push(Finding::plain(
                    "route-conflict",
                    format!("{} {} is served by `{incumbent}` already", method(route), route.pattern),
                    Some(&route.unit.origin),
                    Some(&route.unit.name),
                ));
                continue;
            }
            let taken = self.taken.entry(key.clone()).or_default();
            taken.push(Taken { member, method: route.method.clone(), query: route.query.clone() });
            let params: Arc<[Box<str>]> = route.pattern.params().map(Into::into).collect();
            let value = RouteRef { member, exposure, route: index, params };
            if is_duplicate(rest, &keys, index) {
                let entry = Entry { method: route.method.clone(), query: route.query.clone(), value: value.clone() };
                self.router.insert(&suffixed(&route.pattern, &route.unit.name), entry);
            }
            let entry = Entry { method: route.method.clone(), query: route.query.clone(), value };
            self.router.insert(&route.pattern, entry);
        }
        findings
    }

    /// Reserves those of an exposure's routes that the same document had in `before`: who was there first keeps them.
    pub fn reserve(&mut self, capability: &Arc<Capability>, exposure: usize, before: &Self) {
        let routes = capability.plan().and_then(|plan| plan.exposures.get(exposure));
        let Some(Exposure { kind: ExposureKind::Rest(rest), .. }) = routes else { return };
        let member = self.member(capability);
        for route in &rest.routes {
            let key = route.pattern.key();
            let had = before.taken.get(&key).into_iter().flatten().any(|taken| {
                before.members.get(taken.member).is_some_and(|known| known.id == capability.id)
                    && taken.method == route.method
                    && taken.query == route.query
            });
            if had {
                let taken = Taken { member, method: route.method.clone(), query: route.query.clone() };
                self.taken.entry(key).or_default().push(taken);
            }
        }
    }

    /// Adds a control adapter; a port has room for one.
    pub fn add_control(&mut self, capability: &Arc<Capability>, index: usize) -> Vec<Finding> {
        match &self.control {
            None => {
                self.member(capability);
                self.control = Some(AdapterRef { capability: capability.clone(), index });
                Vec::new()
            }
            Some(incumbent) => {
                let message = format!("a control adapter of `{}` has this port already", incumbent.capability.id);
                let origin = capability.plan().and_then(|plan| Some(&plan.exposures.get(index)?.origin));
                vec![Finding::plain("port-conflict", message, origin, None)]
            }
        }
    }

    /// Adds a skill adapter; a port has room for one.
    pub fn add_skill(&mut self, capability: &Arc<Capability>, index: usize) -> Vec<Finding> {
        match self.skill() {
            None => {
                self.member(capability);
                self.others.push(AdapterRef { capability: capability.clone(), index });
                Vec::new()
            }
            Some(incumbent) => {
                let message = format!("a skill adapter of `{}` has this port already", incumbent.capability.id);
                let origin = capability.plan().and_then(|plan| Some(&plan.exposures.get(index)?.origin));
                vec![Finding::plain("port-conflict", message, origin, None)]
            }
        }
    }

    /// What others wanted of those who have it, by who has it.
    pub fn take_disputes(&mut self) -> Vec<(Arc<str>, Finding)> {
        std::mem::take(&mut self.disputes)
    }

    /// Forgets what only building and rebuilding need.
    #[must_use]
    pub fn built(mut self) -> Self {
        self.taken = BTreeMap::new();
        self.disputes = Vec::new();
        self
    }

    /// The routes for a request.
    #[must_use]
    pub fn find(
        &self,
        method: &http::Method,
        path: &str,
        query: Option<&str>,
    ) -> crate::routing::router::Lookup<'_, RouteRef> {
        self.router.find(method, path, query)
    }

    /// What a found route means.
    #[must_use]
    pub fn target<'t>(&'t self, at: &'t RouteRef) -> Option<Target<'t>> {
        let capability = self.members.get(at.member)?;
        let exposure = capability.plan()?.exposures.get(at.exposure)?;
        let ExposureKind::Rest(rest) = &exposure.kind else { return None };
        let gate = capability.gate(at.exposure);
        Some(Target { capability, exposure, gate, route: rest.routes.get(at.route)?, params: &at.params })
    }

    /// The adapters that answer here.
    pub fn adapters(&self) -> impl Iterator<Item = AdapterRef> {
        let mcp = self.mcp.as_ref().and_then(McpMount::adapter);
        self.others.iter().cloned().chain(self.control.clone()).chain(mcp)
    }

    /// The skill adapter at `/skills`.
    #[must_use]
    pub fn skill(&self) -> Option<&AdapterRef> {
        let is_skill = |exposure: &Exposure| matches!(exposure.kind, ExposureKind::Skill(_));
        self.others.iter().find(|adapter| adapter.exposure().is_some_and(is_skill))
    }

    /// The adapter that answers at a path, whatever the method.
    #[must_use]
    pub fn adapter_at(&self, path: &str) -> Option<AdapterRef> {
        if let Some(mount) = &self.mcp
            && matches!(path, "" | "/" | "/mcp")
        {
            return mount.adapter();
        }
        self.rest_at(path).or_else(|| self.skill().filter(|_| skill::is_below(path)).cloned())
    }

    /// The REST adapter that has a route at a path, whatever the method.
    #[must_use]
    pub fn rest_at(&self, path: &str) -> Option<AdapterRef> {
        let entry = self.router.any(path)?;
        let capability = self.members.get(entry.member)?.clone();
        Some(AdapterRef { capability, index: entry.exposure })
    }

    /// The capabilities that answer here.
    #[must_use]
    pub fn members(&self) -> &[Arc<Capability>] {
        &self.members
    }

    fn member(&mut self, capability: &Arc<Capability>) -> usize {
        match self.members.iter().position(|known| Arc::ptr_eq(known, capability)) {
            Some(at) => at,
            None => {
                self.members.push(capability.clone());
                self.members.len() - 1
            }
        }
    }

    fn incumbent(&self, member: usize, key: &str, route: &Route) -> Option<&Arc<str>> {
        let taken = self.taken.get(key)?.iter().find(|taken| {
            taken.member != member
                && (taken.method == route.method || taken.method.is_none() || route.method.is_none())
                && taken.query == route.query
        })?;
        self.members.get(taken.member).map(|capability| &capability.id)
    }
}

fn method(route: &Route) -> &str {
    route.method.as_ref().map_or("any method", http::Method::as_str)
}

/// Whether another route of the adapter answers the same requests (rule E1).
fn is_duplicate(rest: &Rest, keys: &[String], index: usize) -> bool {
    let (Some(route), Some(key)) = (rest.routes.get(index), keys.get(index)) else { return false };
    rest.routes
        .iter()
        .zip(keys)
        .enumerate()
        .any(|(other, (r, k))| other != index && k == key && r.method == route.method && r.query == route.query)
}

/// `<path>:<name>`.
fn suffixed(pattern: &Pattern, name: &str) -> Pattern {
    let mut segments = pattern.segments.to_vec();
    if let Some(last) = segments.last_mut() {
        *last = match last {
            Segment::Literal(text) => Segment::Literal(format!("{text}:{name}").into()),
            Segment::Pieces(pieces) => {
                let mut pieces = pieces.to_vec();
                pieces.push(Piece::Literal(format!(":{name}").into()));
                Segment::Pieces(pieces.into())
            }
            Segment::Rest(param) => {
                Segment::Pieces(Box::new([Piece::Param(param.clone()), Piece::Literal(format!(":{name}").into())]))
            }
        };
    }
    Pattern { segments: segments.into() }
}

#[cfg(test)]
mod tests;
