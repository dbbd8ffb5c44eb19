//! The connections of a process: how many there may be, who leaves when there is no room, and how one is told that it ends. What
//! a connection does with what it is told is its own business.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use futures_util::task::AtomicWaker;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

use crate::http::traffic::Traffic;

/// A connection younger than this is not asked to leave: its first request may be on the way.
const YOUNG: Duration = Duration::from_secs(1);
/// How long to wait for room before others are asked to leave.
const PRESSED: Duration = Duration::from_millis(50);

/// What a connection is told; the later ones include the earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    /// Go on.
    Stay,
    /// End, unless there is a request.
    Leave,
    /// Finish what has begun.
    Drain,
    /// End now.
    Cut,
}

/// How a connection is told something.
#[derive(Debug)]
pub(super) struct Reins {
    pub(super) traffic: Arc<Traffic>,
    listener: u64,
    since: Instant,
    order: AtomicU8,
    told: AtomicWaker,
}

/// The connections of a process.
#[derive(Debug)]
pub(crate) struct Connections {
    open: Mutex<HashMap<u64, Arc<Reins>>>,
    room: Arc<Semaphore>,
    most: usize,
    next: AtomicU64,
}

/// A connection that is open, and its place.
#[derive(Debug)]
pub(super) struct Place {
    all: Arc<Connections>,
    number: u64,
    pub(super) reins: Arc<Reins>,
    _permit: OwnedSemaphorePermit,
}

impl Connections {
    /// None yet, and at most so many.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        let room = Arc::new(Semaphore::new(most));
        Arc::new(Self { open: Mutex::default(), room, most, next: AtomicU64::new(0) })
    }

    /// How many there may be.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// A number nobody else has.
    pub(super) fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Room for one more; `pressed` is called when others had to be asked to leave.
    pub(super) async fn room(&self, mut pressed: impl FnMut()) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = self.room.clone().try_acquire_owned() {
            return Some(permit);
        }
        loop {
            if let Ok(permit) = timeout(PRESSED, self.room.clone().acquire_owned()).await {
                return permit.ok();
            }
            pressed();
            self.thin_out();
        }
    }

    /// Takes a place for a connection.
    pub(super) fn enter(self: &Arc<Self>, permit: OwnedSemaphorePermit, listener: u64, traffic: Arc<Traffic>) -> Place {
        let reins = Arc::new(Reins {
            traffic,
            listener,
            since: Instant::now(),
            order: AtomicU8::new(Order::Stay as u8),
            told: AtomicWaker::new(),
        });
        let number = self.number();
        self.open().insert(number, reins.clone());
        Place { all: self.clone(), number, reins, _permit: permit }
    }

    /// Tells the connections of a listener something.
    pub(super) fn tell(&self, listener: u64, order: Order) {
        let told: Vec<_> = self.open().values().filter(|reins| reins.listener == listener).cloned().collect();
        told.iter().for_each(|reins| reins.tell(order));
    }

    /// Asks some that nobody uses to leave: first those that were never used, of these and of the others the oldest.
    pub(super) fn thin_out(&self) {
        self.thin_out_at(Instant::now());
    }

    fn thin_out_at(&self, now: Instant) {
        let open = self.open();
        let idle = |(number, reins): (&u64, &Arc<Reins>)| {
            let standing = reins.traffic.standing();
            let asked = reins.order() != Order::Stay;
            let stays = asked || standing.in_flight > 0 || now - reins.since < YOUNG;
            (!stays).then(|| (standing.begun > 0, *number, reins.clone()))
        };
        let mut idle: Vec<_> = open.iter().filter_map(idle).collect();
        drop(open);
        idle.sort_by_key(|(used, number, _)| (*used, *number));
        for (.., reins) in idle.iter().take((self.most / 64).max(1)) {
            reins.tell(Order::Leave);
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, Arc<Reins>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reins {
    fn tell(&self, order: Order) {
        self.order.fetch_max(order as u8, Ordering::AcqRel);
        self.told.wake();
    }

    fn order(&self) -> Order {
        match self.order.load(Ordering::Acquire) {
            0 => Order::Stay,
            1 => Order::Leave,
            2 => Order::Drain,
            _ => Order::Cut,
        }
    }

    /// Ready when the connection was told more than `known`.
    pub(super) fn poll_told(&self, cx: &mut Context<'_>, known: Order) -> Poll<Order> {
        self.told.register(cx.waker());
        match self.order() {
            order if order > known => Poll::Ready(order),
            _ => Poll::Pending,
        }
    }

    /// A connection that is used after all is not asked any more.
    pub(super) fn stay(&self) {
        let _ = self.order.compare_exchange(Order::Leave as u8, Order::Stay as u8, Ordering::AcqRel, Ordering::Acquire);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.all.open().remove(&self.number);
    }
}

#[cfg(test)]
mod tests;
