//! Everything on one port: `/{id}{path}` for REST and `/{id}/mcp` for MCP, with the namespace after the id where a document has
//! several adapters of the kind.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use capstan_plan::ExposureKind;

use crate::{
    adapter::skill,
    capability::instance::Capability,
    publication::table::{AdapterRef, McpMount, Port},
    routing::router::decode,
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
    /// Each REST adapter by key; its routes are compiled on first use.
    rest: Vec<(Arc<str>, usize, OnceLock<Port>)>,
    /// Each MCP adapter by key.
    mcp: Vec<(Arc<str>, McpMount)>,
    /// Each skill adapter by key.
    skill: Vec<(Arc<str>, AdapterRef)>,
}

/// Where a path under a gateway leads.
#[derive(Debug)]
pub enum Place<'t, 'p> {
    /// A REST adapter, and the path it sees.
    Rest(&'t Port, &'p str),
    /// An MCP adapter.
    Mcp(&'t McpMount),
    /// A skill adapter, and the path it sees.
    Skill(&'t AdapterRef, &'p str),
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

    /// Where `path` leads. Of two ids that fit, the longer one is meant.
    #[must_use]
    pub fn place<'t, 'p>(&'t self, path: &'p str) -> Place<'t, 'p> {
        let inner = path.strip_prefix('/').unwrap_or(path);
        if inner.is_empty() {
            return Place::Index;
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
            Some((mount, rest)) => mount.place(rest),
            None => Place::Nothing,
        }
    }
}

impl Place<'_, '_> {
    /// The adapter that answers there, when it is one alone.
    #[must_use]
    pub fn adapter(&self) -> Option<AdapterRef> {
        match self {
            Self::Rest(port, _) => port.adapters().next(),
            Self::Mcp(mount) => mount.adapter(),
            Self::Skill(adapter, _) => Some((*adapter).clone()),
            Self::Within(_) | Self::Index | Self::Nothing => None,
        }
    }
}

impl Mount {
    /// Every adapter of the capability.
    pub fn adapters(&self) -> impl Iterator<Item = AdapterRef> {
        (0..self.capability.exposures().count()).map(|index| AdapterRef { capability: self.capability.clone(), index })
    }

    /// The mount of a capability.
    #[must_use]
    pub fn new(capability: Arc<Capability>) -> Self {
        let (mut rest, mut mcp, mut skill) = (Vec::new(), Vec::new(), Vec::new());
        for (index, (key, exposure)) in capability.exposures().enumerate() {
            match &exposure.kind {
                ExposureKind::Rest(_) => rest.push((key.clone(), index, OnceLock::new())),
                ExposureKind::Mcp(_) => {
                    mcp.push((key.clone(), McpMount::new(capability.clone(), capability.reference(key))));
                }
                ExposureKind::Skill(_) => {
                    skill.push((key.clone(), AdapterRef { capability: capability.clone(), index }));
                }
                ExposureKind::Control(_) => {}
            }
        }
        Self { capability, rest, mcp, skill }
    }

    /// The path of a REST adapter under the gateway, without the id.
    #[must_use]
    pub fn rest_prefix(&self, key: &str) -> String {
        if self.rest.len() > 1 { format!("/{key}") } else { String::new() }
    }

    /// The path of an MCP adapter under the gateway, without the id.
    #[must_use]
    pub fn mcp_path(&self, key: &str) -> String {
        if self.mcp.len() > 1 { format!("/{key}/mcp") } else { "/mcp".to_owned() }
    }

    /// The path of a skill adapter under the gateway, without the id.
    #[must_use]
    pub fn skill_path(&self, key: &str) -> String {
        if self.skill.len() > 1 { format!("/{key}/skills") } else { "/skills".to_owned() }
    }

    /// The skill adapter at a path: below its key, or directly when it is the only one and no REST route is there.
    fn skill<'t, 'p>(&'t self, rest: &'p str, first: &str, tail: &'p str) -> Option<Place<'t, 'p>> {
        if skill::is_below(tail)
            && let Some((_, adapter)) = self.skill.iter().find(|(key, _)| **key == *decode(first))
        {
            return Some(Place::Skill(adapter, tail));
        }
        let [(_, only)] = self.skill.as_slice() else { return None };
        let is_route = || match self.rest.as_slice() {
            [(_, index, port)] => self.port(*index, port).rest_at(rest).is_some(),
            _ => false,
        };
        (skill::is_below(rest) && !is_route()).then_some(Place::Skill(only, rest))
    }

    fn place<'t, 'p>(&'t self, rest: &'p str) -> Place<'t, 'p> {
        let inner = rest.strip_prefix('/').unwrap_or(rest);
        let (first, tail) = match inner.split_once('/') {
            Some((first, _)) => (first, inner.get(first.len()..).unwrap_or_default()),
            None => (inner, ""),
        };
        let mcp = match self.mcp.as_slice() {
            [] => None,
            [(_, only)] => (rest == "/mcp").then_some(only),
            several if tail == "/mcp" => {
                several.iter().find(|(key, _)| **key == *decode(first)).map(|(_, mount)| mount)
            }
            _ => None,
        };
        if let Some(mount) = mcp {
            return Place::Mcp(mount);
        }
        if let Some(place) = self.skill(rest, first, tail) {
            return place;
        }
        match self.rest.as_slice() {
            [] => Place::Within(self),
            [(_, index, port)] => Place::Rest(self.port(*index, port), rest),
            several => match several.iter().find(|(key, ..)| **key == *decode(first)) {
                Some((_, index, port)) => Place::Rest(self.port(*index, port), tail),
                None => Place::Within(self),
            },
        }
    }

    fn port<'t>(&'t self, index: usize, port: &'t OnceLock<Port>) -> &'t Port {
        port.get_or_init(|| {
            let mut port = Port::default();
            port.add_rest(&self.capability, index);
            port.built()
        })
    }
}

#[cfg(test)]
mod tests;
