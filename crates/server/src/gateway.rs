//! Everything on one port: `/{id}{path}` for REST and `/{id}/mcp` for MCP, with the namespace after the id where a document has
//! several adapters of the kind.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use capstan_plan::ExposureKind;

use crate::{
    capability::Capability,
    router::decode,
    table::{McpMount, Port},
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
}

/// Where a path under a gateway leads.
#[derive(Debug)]
pub enum Place<'t, 'p> {
    /// A REST adapter, and the path it sees.
    Rest(&'t Port, &'p str),
    /// An MCP adapter.
    Mcp(&'t McpMount),
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

impl Mount {
    /// The mount of a capability.
    #[must_use]
    pub fn new(capability: Arc<Capability>) -> Self {
        let (mut rest, mut mcp) = (Vec::new(), Vec::new());
        for (index, (key, exposure)) in capability.exposures().enumerate() {
            match &exposure.kind {
                ExposureKind::Rest(_) => rest.push((key.clone(), index, OnceLock::new())),
                ExposureKind::Mcp(_) => {
                    mcp.push((key.clone(), McpMount::new(capability.clone(), capability.reference(key))));
                }
                ExposureKind::Skill(_) | ExposureKind::Control(_) => {}
            }
        }
        Self { capability, rest, mcp }
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
