//! The listeners of a process: those that answer and those that drain. Knows their slots and addresses, not what they answer.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, SystemTime},
};

use super::{
    accept::{Bound, Listening},
    answer::Answer,
    connections::Connections,
    descriptors,
    takeover::{self, Open},
};
use crate::{
    publication::slot::{ListenerId, Slot},
    shared::Limits,
};

/// How many connections the control plane has for itself.
const RESERVED: usize = 16;

/// The listeners of a process.
#[derive(Debug)]
pub(crate) struct Listeners {
    limits: Limits,
    open: Mutex<BTreeMap<Slot, (ListenerId, Listening)>>,
    draining: Mutex<Vec<Draining>>,
    /// Numbers listeners; a number is never given twice.
    next: AtomicU32,
    /// Room for callers, and room that they cannot take: from whoever operates the process, and from its own calls.
    room: Arc<Connections>,
    reserved: Arc<Connections>,
    sandboxes: Arc<Connections>,
}

/// A listener that is gone and still finishes what it began.
#[derive(Clone, Debug)]
struct Draining {
    deadline: SystemTime,
    listening: Listening,
}

/// One listener, for people and programs that want to connect.
#[derive(Clone, Debug)]
pub struct ListenerInfo {
    /// Its slot.
    pub slot: Slot,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its id in snapshots.
    pub id: ListenerId,
    /// How many connections are open.
    pub connections: usize,
}

/// A listener that is gone and still finishes what it began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DrainingInfo {
    /// Where it listened.
    pub(crate) address: SocketAddr,
    /// How many connections are open.
    pub(crate) connections: usize,
    /// When it is cut off.
    pub(crate) deadline: SystemTime,
}

impl Listeners {
    /// None yet.
    pub(crate) fn new(limits: Limits) -> Self {
        let room = Connections::new(descriptors::connections(limits.connections));
        let (reserved, sandboxes) = (Connections::new(RESERVED), Connections::new(limits.connections));
        Self {
            limits,
            open: Mutex::default(),
            draining: Mutex::default(),
            next: AtomicU32::default(),
            room,
            reserved,
            sandboxes,
        }
    }

    /// Where each listens.
    pub(crate) fn addresses(&self) -> BTreeMap<Slot, SocketAddr> {
        self.infos().into_iter().map(|info| (info.slot, info.address)).collect()
    }

    /// The socket of each.
    pub(crate) fn sockets(&self) -> BTreeMap<Slot, Open> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.iter().map(|(slot, (_, listening))| (slot.clone(), Open(listening.socket.clone()))).collect()
    }

    /// The sockets of those that end and still let somebody in, and where they listen.
    pub(crate) fn leaving(&self) -> Vec<(SocketAddr, Open)> {
        let draining = self.draining.lock().unwrap_or_else(PoisonError::into_inner);
        let all = draining.iter().map(|drain| (drain.listening.address, Open(drain.listening.socket.clone())));
        all.filter(|(_, open)| open.is_open()).collect()
    }

    /// The listeners, in the order of their slots.
    pub(crate) fn infos(&self) -> Vec<ListenerInfo> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let info = |(slot, (id, listening)): (&Slot, &(ListenerId, Listening))| ListenerInfo {
            slot: slot.clone(),
            address: listening.address,
            id: *id,
            connections: listening.connections(),
        };
        open.iter().map(info).collect()
    }

    /// Those that are gone and still finish what they began.
    pub(crate) fn draining(&self) -> Vec<DrainingInfo> {
        let mut draining = self.draining.lock().unwrap_or_else(PoisonError::into_inner);
        let lives = |it: &Listening| it.connections() > 0 || Open(it.socket.clone()).is_open();
        draining.retain(|drain| lives(&drain.listening) && drain.deadline > SystemTime::now());
        let info = |drain: &Draining| DrainingInfo {
            address: drain.listening.address,
            connections: drain.listening.connections(),
            deadline: drain.deadline,
        };
        draining.iter().map(info).filter(|info| info.connections > 0).collect()
    }

    /// The id of the listener for a slot: the one it has, or that of a listener that ends and was asked for by the same port (what
    /// is under way there is answered by its successor), or a new one.
    pub(crate) fn id(&self, slot: &Slot, stays: impl Fn(&Slot) -> bool) -> ListenerId {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let moved = |known: &Slot| known.declared().is_some() && known.declared() == slot.declared() && !stays(known);
        let known = open.get(slot).or_else(|| open.iter().find_map(|(known, it)| moved(known).then_some(it)));
        known.map_or_else(|| ListenerId(self.next.fetch_add(1, Ordering::Relaxed)), |(id, _)| *id)
    }

    /// Begins to answer on a socket.
    pub(crate) fn start(&self, slot: Slot, id: ListenerId, socket: Bound, answerer: Arc<dyn Answer>) {
        let room = match slot {
            Slot::Control(_) => &self.reserved,
            Slot::Sandbox(_) => &self.sandboxes,
            Slot::Gateway(_) | Slot::Declared(..) | Slot::Assigned(..) => &self.room,
        };
        let listening = socket.start(answerer, self.limits, room);
        self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(slot, (id, listening));
    }

    /// Ends those that are not wanted any more; they finish what they began.
    pub(crate) fn retain(&self, wanted: impl Fn(&Slot) -> bool) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let gone: Vec<Slot> = open.keys().filter(|slot| !wanted(slot)).cloned().collect();
        let mut draining = self.draining.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = self.limits.drain;
        for (_, listening) in gone.iter().filter_map(|slot| open.remove(slot)) {
            draining.push(Draining { deadline: SystemTime::now() + limit, listening: listening.clone() });
            tokio::spawn(async move { takeover::retire(&listening, limit).await });
        }
    }

    /// Ends those that `which` names, and waits until they have finished what they began, no longer than `limit`.
    pub(crate) async fn drain(&self, limit: Duration, which: impl Fn(&Slot, ListenerId) -> bool) {
        let ending: Vec<Listening> = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let (ending, staying) =
                std::mem::take(&mut *open).into_iter().partition(|(slot, (id, _))| which(slot, *id));
            *open = staying;
            let ending: BTreeMap<Slot, (ListenerId, Listening)> = ending;
            ending.into_values().map(|(_, listening)| listening).collect()
        };
        futures_util::future::join_all(ending.iter().map(|listening| listening.drain(limit))).await;
    }
}
