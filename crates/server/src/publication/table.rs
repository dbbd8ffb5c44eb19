//! What one listener answers.

use super::{
    gateway::{Gateway, GatewayMatch},
    port::{Port, PortMatch},
};
use crate::{
    adapter::{Adapter, MOUNTABLE, paths::Paths},
    capability::{exposed::Exposed, instance::ExposureRef},
};

/// What one listener answers.
#[derive(Debug)]
pub enum Table {
    /// Adapters at the paths they declare.
    Port(Port),
    /// Everything, below the ids.
    Gateway(Gateway),
    /// The control plane of the process.
    Control,
}

impl Table {
    /// Every adapter of the listener.
    #[must_use]
    pub fn adapters(&self) -> Vec<&Adapter> {
        match self {
            Self::Port(port) => port.adapters().iter().collect(),
            Self::Gateway(gateway) => gateway.mounts().flat_map(|mount| mount.adapters()).collect(),
            Self::Control => Vec::new(),
        }
    }

    /// The kinds of adapters that are reached there.
    #[must_use]
    pub fn kinds(&self) -> Vec<&'static str> {
        match self {
            Self::Port(port) => {
                let mut kinds: Vec<_> = port.adapters().iter().map(Adapter::kind).collect();
                kinds.dedup();
                kinds
            }
            Self::Gateway(_) => MOUNTABLE.to_vec(),
            Self::Control => vec!["control"],
        }
    }

    /// The path clients of an exposure begin at; none when it is not reached there.
    #[must_use]
    pub fn entry(&self, at: &ExposureRef) -> Option<String> {
        match self {
            Self::Port(port) => {
                let here = |adapter: &&Adapter| adapter.exposed().reference().as_ref() == Some(at);
                Some(match port.adapters().iter().find(here)?.paths() {
                    Paths::Routes => String::new(),
                    Paths::Fixed(fixed) => fixed.entry.to_owned(),
                })
            }
            Self::Gateway(gateway) => {
                Some(format!("/{}{}", at.capability, gateway.get(&at.capability)?.path(&at.key)?))
            }
            Self::Control => None,
        }
    }

    /// The exposure that answers at a path, when it is one alone.
    #[must_use]
    pub fn exposed_at(&self, path: &str) -> Option<&Exposed> {
        match self {
            Self::Port(port) => match port.at(if path.is_empty() { "/" } else { path }, None) {
                PortMatch::Adapter(adapter) => Some(adapter.exposed()),
                PortMatch::Routes(routes) => routes.at(path),
            },
            Self::Gateway(gateway) => match gateway.at(path, None) {
                GatewayMatch::Adapter(adapter, _) => Some(adapter.exposed()),
                GatewayMatch::Within(_) | GatewayMatch::Index | GatewayMatch::Nothing => None,
            },
            Self::Control => None,
        }
    }
}
