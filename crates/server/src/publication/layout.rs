//! Which listeners a set of capabilities needs and what each answers. Pure: binding is `serve`'s work.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _},
    sync::Arc,
};

use capstan_plan::{Exposure, ExposureKind, Transport};

use crate::{
    capability::instance::{Capability, ExposureRef},
    finding::Finding,
    publication::{
        gateway::{Gateway, Mount},
        table::{McpMount, Port, Table},
    },
    settings::Settings,
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
    /// The address of `--control`.
    Control(SocketAddr),
}

impl Slot {
    /// The address to bind.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        match self {
            Self::Gateway(address) | Self::Declared(_, address) | Self::Control(address) => *address,
            Self::Assigned(_, ip) => SocketAddr::new(*ip, 0),
            Self::Sandbox(_) => SocketAddr::new(LOOPBACK, 0),
        }
    }

    /// The port authors wrote.
    #[must_use]
    pub fn declared(&self) -> Option<u16> {
        match self {
            Self::Declared(port, _) => Some(*port),
            Self::Gateway(_) | Self::Assigned(..) | Self::Sandbox(_) | Self::Control(_) => None,
        }
    }
}

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Listeners with what they answer, and what did not find a place.
#[derive(Debug, Default)]
pub struct Layout {
    /// What each listener answers.
    pub tables: BTreeMap<Slot, Arc<Table>>,
    /// By capability.
    pub notices: BTreeMap<Arc<str>, Vec<Finding>>,
}

/// What each listener answers already.
pub type Tables = BTreeMap<Slot, Arc<Table>>;

/// An exposure that wants a place.
#[derive(Debug)]
struct Seat<'c> {
    capability: &'c Arc<Capability>,
    key: &'c Arc<str>,
    index: usize,
    exposure: &'c Exposure,
}

/// Places capabilities. Who has a place or a route in `before` keeps it; among newcomers the first gets it.
#[must_use]
pub fn layout<'c>(
    settings: &Settings,
    capabilities: impl Iterator<Item = &'c Arc<Capability>>,
    before: &Tables,
) -> Layout {
    let mut layout = Layout::default();
    if let Some(address) = settings.control {
        layout.tables.insert(Slot::Control(address), Arc::new(Table::Control));
    }
    if let Some(address) = settings.gateway {
        let slot = Slot::Gateway(address);
        let known = before.get(&slot).and_then(|table| match &**table {
            Table::Gateway(gateway) => Some(gateway),
            Table::Port(_) | Table::Control => None,
        });
        let mut gateway = Gateway::default();
        for capability in capabilities {
            let same = known.and_then(|known| known.same(capability)).cloned();
            gateway.mount(same.unwrap_or_else(|| Arc::new(Mount::new(capability.clone()))));
        }
        layout.tables.insert(slot, Arc::new(Table::Gateway(gateway)));
        return layout;
    }
    if settings.stdio.is_some() {
        return layout;
    }
    let mut seats: BTreeMap<Slot, Vec<Seat<'c>>> = BTreeMap::new();
    for capability in capabilities {
        for (index, (key, exposure)) in capability.exposures().enumerate() {
            if !is_served(exposure) {
                continue;
            }
            match slot(settings, capability, key, exposure) {
                Ok(wanted) => {
                    let slot = at_same_address(&wanted, before.keys().chain(seats.keys())).unwrap_or(wanted);
                    seats.entry(slot).or_default().push(Seat { capability, key, index, exposure });
                }
                Err(notice) => layout.notice(&capability.id, notice),
            }
        }
    }
    for (slot, seats) in seats {
        let known = match before.get(&slot).map(|table| &**table) {
            Some(Table::Port(port)) => Some(port),
            Some(Table::Gateway(_) | Table::Control) | None => None,
        };
        let port = layout.port(&seats, known);
        layout.tables.insert(slot, Arc::new(Table::Port(port)));
    }
    layout
}

/// The slot among `known` that listens where `wanted` would: two declared ports may be served at one address.
fn at_same_address<'s>(wanted: &Slot, mut known: impl Iterator<Item = &'s Slot>) -> Option<Slot> {
    let Slot::Declared(_, address) = wanted else { return None };
    let same = |slot: &&Slot| matches!(slot, Slot::Declared(_, other) if other == address && address.port() != 0);
    known.find(same).cloned()
}

impl Layout {
    fn notice(&mut self, id: &Arc<str>, notice: Finding) {
        self.notices.entry(id.clone()).or_default().push(notice);
    }

    /// Seats exposures at one port: those who were there first, in the same order as ever.
    fn port(&mut self, seats: &[Seat<'_>], before: Option<&Port>) -> Port {
        let mut port = Port::default();
        if let Some(before) = before {
            for seat in seats {
                port.reserve(seat.capability, seat.index, before);
            }
        }
        let incumbent = before.and_then(|port| port.mcp.as_ref()).map(|mcp| &mcp.at);
        let is_incumbent = |seat: &&Seat<'_>| incumbent.is_some_and(|at| *at == seat.capability.reference(seat.key));
        let (first, others): (Vec<_>, Vec<_>) = seats.iter().partition(is_incumbent);
        for seat in first.into_iter().chain(others) {
            for notice in place(&mut port, seat.capability, seat.key, seat.index, seat.exposure) {
                self.notice(&seat.capability.id, notice);
            }
        }
        for (id, dispute) in port.take_disputes() {
            self.notice(&id, dispute);
        }
        port
    }
}

/// Whether an exposure has a listener of its own outside a gateway.
fn is_served(exposure: &Exposure) -> bool {
    match &exposure.kind {
        ExposureKind::Rest(_) => true,
        ExposureKind::Mcp(mcp) => mcp.transport == Transport::Http,
        ExposureKind::Skill(_) => true,
        ExposureKind::Control(_) => true,
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
    let slot = match exposure.listen.port {
        Some(port) => {
            let moved = settings.listen.iter().find(|(from, _)| *from == port).map(|(_, to)| *to);
            Slot::Declared(port, moved.unwrap_or(SocketAddr::new(ip, port)))
        }
        None => Slot::Assigned(capability.reference(key), ip),
    };
    let is_open = exposure.authenticator.is_none() && !slot.address().ip().to_canonical().is_loopback();
    if is_open && matches!(exposure.kind, ExposureKind::Control(_)) {
        let message = format!(
            "the control adapter is not served at {}: other machines reach it and it has no `authentication`",
            slot.address()
        );
        return Err(Finding::plain("open-control", message, Some(&exposure.origin), None));
    }
    Ok(slot)
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
        ExposureKind::Rest(_) => return port.add_rest(capability, index),
        ExposureKind::Control(_) => return port.add_control(capability, index),
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
