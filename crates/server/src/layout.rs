//! Which listeners a set of capabilities needs and what each answers. Pure: binding is `serve`'s work.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _},
    sync::Arc,
};

use capstan_plan::{Exposure, ExposureKind, Transport};

use crate::{
    capability::{Capability, ExposureRef},
    finding::Finding,
    gateway::{Gateway, Mount},
    settings::Settings,
    table::{McpMount, Port, Table},
};

/// What a listener is for; the same slot keeps its socket across reloads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// The one address of `--gateway`.
    Gateway(SocketAddr),
    /// A declared port, and the address it is served at.
    Declared(u16, SocketAddr),
    /// An exposure without a port of its own.
    Assigned(ExposureRef, IpAddr),
    /// A sandbox, by id.
    Sandbox(Arc<str>),
}

impl Slot {
    /// The address to bind.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        match self {
            Self::Gateway(address) | Self::Declared(_, address) => *address,
            Self::Assigned(_, ip) => SocketAddr::new(*ip, 0),
            Self::Sandbox(_) => SocketAddr::new(LOOPBACK, 0),
        }
    }

    /// The port authors wrote.
    #[must_use]
    pub fn declared(&self) -> Option<u16> {
        match self {
            Self::Declared(port, _) => Some(*port),
            Self::Gateway(_) | Self::Assigned(..) | Self::Sandbox(_) => None,
        }
    }
}

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Listeners with what they answer, and what did not find a place.
#[derive(Debug, Default)]
pub struct Layout {
    /// What each listener answers.
    pub tables: BTreeMap<Slot, Table>,
    /// By capability.
    pub notices: BTreeMap<Arc<str>, Vec<Finding>>,
}

/// Places capabilities; earlier ones keep what later ones want too.
#[must_use]
pub fn layout<'c>(settings: &Settings, capabilities: impl Iterator<Item = &'c Arc<Capability>>) -> Layout {
    let mut layout = Layout::default();
    if let Some(address) = settings.gateway {
        let mut gateway = Gateway::default();
        for capability in capabilities {
            gateway.mount(Arc::new(Mount::new(capability.clone())));
        }
        layout.tables.insert(Slot::Gateway(address), Table::Gateway(gateway));
        return layout;
    }
    if settings.stdio.is_some() {
        return layout;
    }
    let mut ports: BTreeMap<Slot, Port> = BTreeMap::new();
    for capability in capabilities {
        let mut notices = Vec::new();
        for (index, (key, exposure)) in capability.exposures().enumerate() {
            if !is_served(exposure) {
                continue;
            }
            match slot(settings, capability, key, exposure) {
                Ok(slot) => notices.extend(place(ports.entry(slot).or_default(), capability, key, index, exposure)),
                Err(notice) => notices.push(notice),
            }
        }
        if !notices.is_empty() {
            layout.notices.insert(capability.id.clone(), notices);
        }
    }
    layout.tables = ports.into_iter().map(|(slot, port)| (slot, Table::Port(port.built()))).collect();
    layout
}

/// Whether an exposure has a listener of its own outside a gateway.
fn is_served(exposure: &Exposure) -> bool {
    match &exposure.kind {
        ExposureKind::Rest(_) => true,
        ExposureKind::Mcp(mcp) => mcp.transport == Transport::Http,
        ExposureKind::Skill(_) => true,
        ExposureKind::Control(_) => false,
    }
}

fn slot(settings: &Settings, capability: &Capability, key: &Arc<str>, exposure: &Exposure) -> Result<Slot, Finding> {
    let ip = match &exposure.listen.address {
        None => LOOPBACK,
        Some(name) => resolve(name).ok_or_else(|| {
            let message = format!("`{name}` is not an address of this machine");
            Finding::plain("port-conflict", message, Some(&exposure.origin), None)
        })?,
    };
    Ok(match exposure.listen.port {
        Some(port) => {
            let moved = settings.listen.iter().find(|(from, _)| *from == port).map(|(_, to)| *to);
            Slot::Declared(port, moved.unwrap_or(SocketAddr::new(ip, port)))
        }
        None => Slot::Assigned(capability.reference(key), ip),
    })
}

fn resolve(name: &str) -> Option<IpAddr> {
    let name = name.trim_start_matches('[').trim_end_matches(']');
    match name.parse() {
        Ok(ip) => Some(ip),
        Err(_) if name.eq_ignore_ascii_case("localhost") => Some(LOOPBACK),
        Err(_) => (name, 0).to_socket_addrs().ok()?.next().map(|address| address.ip()),
    }
}

fn place(
    port: &mut Port,
    capability: &Arc<Capability>,
    key: &Arc<str>,
    index: usize,
    exposure: &Exposure,
) -> Vec<Finding> {
    match exposure.kind {
        ExposureKind::Rest(_) | ExposureKind::Control(_) => return port.add_rest(capability, index),
        ExposureKind::Skill(_) => return port.add_skill(capability, index),
        ExposureKind::Mcp(_) => {}
    }
    match &port.mcp {
        None => {
            port.mcp = Some(McpMount::new(capability.clone(), capability.reference(key)));
            Vec::new()
        }
        Some(incumbent) => {
            let at = &incumbent.at;
            let message = format!("the MCP adapter `{}` of `{}` has this port already", at.key, at.capability);
            vec![Finding::plain("port-conflict", message, Some(&exposure.origin), None)]
        }
    }
}
