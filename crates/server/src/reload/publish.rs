//! The one swap, and what follows from it: listeners begin or end, endpoints of exposures that are gone end. Nothing here fails.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::Arc,
    time::Instant,
};

use super::{bind::Publication, prepare::same, present::Present};
use crate::{
    adapter::context::Context,
    http::guard::Guard,
    listen::{dispatch::Dispatch, listeners::Listeners},
    publication::{
        layout::Tables,
        slot::{ListenerId, Slot},
        snapshot::{Live, Snapshot},
        table::Table,
    },
};

/// Publishes.
#[derive(Debug)]
pub(crate) struct Publisher {
    pub(crate) live: Arc<Live>,
    pub(crate) listeners: Arc<Listeners>,
    pub(crate) context: Arc<Context>,
    pub(crate) guard: Arc<Guard>,
}

impl Publisher {
    /// What each listener answers at present.
    pub(crate) fn tables(&self, snapshot: &Snapshot) -> Tables {
        let listeners = self.listeners.infos().into_iter();
        listeners.filter_map(|info| Some((info.slot, snapshot.listeners.get(&info.id)?.clone()))).collect()
    }

    /// Makes a publication the present one.
    pub(crate) fn publish(&self, publication: Publication, before: &Snapshot) {
        let Publication { capabilities, rejected: _, tables, notices, mut bound } = publication;
        let mut answers = BTreeMap::new();
        let mut starting = Vec::new();
        let known = self.listeners.addresses();
        let wanted: BTreeSet<Slot> = tables.keys().cloned().collect();
        for (slot, table) in tables {
            let id = self.listeners.id(&slot, |slot| wanted.contains(slot));
            if !known.contains_key(&slot) {
                let Some(socket) = bound.remove(&slot) else { continue };
                starting.push((slot, id, socket));
            }
            answers.insert(id, table);
        }
        let catalogue = Arc::new(before.catalogue.next(capabilities));
        self.live.publish(Snapshot { catalogue: catalogue.clone(), notices, listeners: answers });
        for (slot, id, socket) in starting {
            let dispatch = self.dispatch(&slot, id, socket.address);
            self.listeners.start(slot, id, socket, Arc::new(dispatch));
        }
        self.listeners.retain(|slot| wanted.contains(slot));
        self.context.endpoints.end_removed(&catalogue, Instant::now() + self.context.shared.limits.drain);
    }

    fn dispatch(&self, slot: &Slot, listener: ListenerId, address: SocketAddr) -> Dispatch {
        Dispatch {
            listener,
            loopback: address.ip().to_canonical().is_loopback(),
            live: self.live.clone(),
            context: self.context.clone(),
            guard: match slot {
                // Requests keep the name of the host it stands in for.
                Slot::Sandbox(_) => Arc::new(Guard { hosts: vec!["*".to_owned()], origins: Vec::new() }),
                Slot::Gateway(_) | Slot::Declared(..) | Slot::Assigned(..) | Slot::Control(_) => self.guard.clone(),
            },
        }
    }
}

/// Whether anyone would notice a publication.
pub(crate) fn is_news(publication: &Publication, present: &Present) -> bool {
    !same(&publication.capabilities, &present.snapshot.catalogue.capabilities)
        || !publication.bound.is_empty()
        || present.addresses.keys().any(|slot| !publication.tables.contains_key(slot))
        || present.tables.iter().any(|(slot, table)| match (&**table, slot) {
            (Table::Port(_), Slot::Sandbox(_)) => {
                publication.tables.get(slot).is_none_or(|now| !Arc::ptr_eq(now, table))
            }
            _ => false,
        })
        || publication.notices != present.snapshot.notices
}
