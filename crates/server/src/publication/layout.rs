//! Which listeners a set of capabilities needs and what each answers. Pure: binding is the work of `reload`.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
    sync::Arc,
};

use capstan_plan::Exposure;

use super::{
    gateway::{Gateway, Mount},
    port::Port,
    slot::{LOOPBACK, Slot},
    table::Table,
};
use crate::{
    adapter::Adapter,
    capability::{exposed::Exposed, instance::Capability},
    finding::{Finding, ServerCode},
    settings::Settings,
};

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
        let gateway = gateway(capabilities, before.get(&slot).map(|table| &**table));
        layout.tables.insert(slot, Arc::new(Table::Gateway(gateway)));
        return layout;
    }
    if settings.stdio.is_some() {
        return layout;
    }
    let mut wanted: BTreeMap<Slot, Vec<Adapter>> = BTreeMap::new();
    for capability in capabilities {
        for adapter in Exposed::all(capability).filter_map(Adapter::new).filter(Adapter::listens) {
            match slot(settings, &adapter) {
                Ok(slot) => {
                    let slot = at_same_address(&slot, before.keys().chain(wanted.keys())).unwrap_or(slot);
                    wanted.entry(slot).or_default().push(adapter);
                }
                Err(notice) => layout.notice(&capability.id, notice),
            }
        }
    }
    for (slot, adapters) in wanted {
        let known = match before.get(&slot).map(|table| &**table) {
            Some(Table::Port(port)) => Some(port),
            Some(Table::Gateway(_) | Table::Control) | None => None,
        };
        let port = layout.port(adapters, known);
        layout.tables.insert(slot, Arc::new(Table::Port(port)));
    }
    layout
}

/// A gateway for these capabilities, with the mounts of those that did not change.
fn gateway<'c>(capabilities: impl Iterator<Item = &'c Arc<Capability>>, before: Option<&Table>) -> Gateway {
    let known = match before {
        Some(Table::Gateway(gateway)) => Some(gateway),
        Some(Table::Port(_) | Table::Control) | None => None,
    };
    let mut gateway = Gateway::default();
    for capability in capabilities {
        let same = known.and_then(|known| known.same(capability)).cloned();
        gateway.mount(same.unwrap_or_else(|| Arc::new(Mount::new(capability.clone()))));
    }
    gateway
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

    /// Places adapters at one port: those who were there first, in the same order as ever.
    fn port(&mut self, adapters: Vec<Adapter>, before: Option<&Port>) -> Port {
        let mut port = Port::default();
        if let Some(before) = before {
            adapters.iter().for_each(|adapter| port.reserve(adapter, before));
        }
        let (first, others): (Vec<_>, Vec<_>) =
            adapters.into_iter().partition(|adapter| before.is_some_and(|before| before.has(adapter)));
        for adapter in first.into_iter().chain(others) {
            let id = adapter.exposed().capability.id.clone();
            for notice in port.add(adapter) {
                self.notice(&id, notice);
            }
        }
        for (id, dispute) in port.take_disputes() {
            self.notice(&id, dispute);
        }
        port
    }
}

fn slot(settings: &Settings, adapter: &Adapter) -> Result<Slot, Finding> {
    let exposed = adapter.exposed();
    let (Some(exposure), Some(reference)) = (exposed.exposure(), exposed.reference()) else {
        return Err(Finding::plain(ServerCode::Internal, "an exposure is not in its plan".to_owned(), None, None));
    };
    let ip = address(exposure)?;
    let slot = match exposure.listen.port {
        Some(port) => {
            let moved = settings.listen.iter().find(|(from, _)| *from == port).map(|(_, to)| *to);
            Slot::Declared(port, moved.unwrap_or(SocketAddr::new(ip, port)))
        }
        None if exposure.listen.assigned => Slot::Assigned(reference, ip),
        None => {
            let message = format!("the {} adapter is served nowhere: it has no port", adapter.kind());
            return Err(Finding::plain(ServerCode::PortConflict, message, Some(&exposure.origin), None));
        }
    };
    let is_open = exposure.authenticator.is_none() && !slot.address().ip().to_canonical().is_loopback();
    if is_open && adapter.is_for_operators() {
        let message = format!(
            "the {} adapter is not served at {}: other machines reach it and it has no `authentication`",
            adapter.kind(),
            slot.address()
        );
        return Err(Finding::plain(ServerCode::OpenControl, message, Some(&exposure.origin), None));
    }
    Ok(slot)
}

fn address(exposure: &Exposure) -> Result<IpAddr, Finding> {
    let Some(name) = &exposure.listen.address else { return Ok(LOOPBACK) };
    resolve(name).ok_or_else(|| {
        let message = format!("`{name}` is not an address of this machine");
        Finding::plain(ServerCode::PortConflict, message, Some(&exposure.origin), None)
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
