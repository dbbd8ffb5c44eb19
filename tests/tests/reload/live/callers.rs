//! Callers who never stop asking, and what they got that they did not get before.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
};

use super::scene::{Answer, Probe};
use crate::site::until;

/// A wrong answer, and the saves it came between.
pub(super) struct Wrong {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) what: String,
}

/// What callers and the editor share.
#[derive(Default)]
struct Shared {
    /// The save that is being made, or was made last.
    save: AtomicUsize,
    asked: AtomicUsize,
    stop: AtomicBool,
    wrong: Mutex<Vec<Wrong>>,
}

/// One caller for each request.
pub(super) struct Callers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Callers {
    /// Begins to ask.
    pub(super) fn begin(probes: &[(Probe, Answer)]) -> Self {
        let shared = Arc::<Shared>::default();
        let caller = |(probe, usual): &(Probe, Answer)| {
            let (probe, usual, shared) = (probe.clone(), usual.clone(), shared.clone());
            std::thread::spawn(move || shared.call(&probe, &usual))
        };
        Self { threads: probes.iter().map(caller).collect(), shared }
    }

    /// Makes a save: it begins before it can have an effect, and ends when callers have been answered once more.
    pub(super) fn during<T>(&self, save: impl FnOnce() -> T) -> T {
        self.shared.save.fetch_add(1, Ordering::SeqCst);
        let made = save();
        let before = self.shared.asked.load(Ordering::SeqCst);
        let each = 2 * self.threads.len();
        until("callers ask", || (self.shared.asked.load(Ordering::SeqCst) >= before + each).then_some(()));
        made
    }

    /// Stops asking. How often they did, and what was wrong.
    pub(super) fn end(self) -> (usize, Vec<Wrong>) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.threads.into_iter().for_each(|thread| thread.join().unwrap());
        (self.shared.asked.load(Ordering::SeqCst), std::mem::take(&mut self.shared.wrong.lock().unwrap()))
    }
}

impl Shared {
    fn call(&self, probe: &Probe, usual: &Answer) {
        while !self.stop.load(Ordering::SeqCst) {
            let first = self.save.load(Ordering::SeqCst);
            let answer = probe.ask();
            let last = self.save.load(Ordering::SeqCst);
            self.asked.fetch_add(1, Ordering::SeqCst);
            if answer.as_ref() != Some(usual) {
                let what = format!("{}: {answer:?} instead of {usual:?}", probe.name);
                self.wrong.lock().unwrap().push(Wrong { first, last, what });
            }
        }
    }
}
