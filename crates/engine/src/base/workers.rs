//! The one rule for work that takes long: a thread for each core and no more, and never one that answers requests. At load a list
//! of documents is shared out ([`map`]); while serving, work waits for its turn and then keeps its thread to its end, whoever
//! still waits for it ([`Turns`]). What takes less than a millisecond is done where it is asked for, which its size decides.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
};

use capstan_plan::budget::Effort;
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::Semaphore,
};

use super::fault::Fault;

/// Up to here JSON is read, mapped, checked and written in place: all of that takes less than a millisecond.
pub const IN_PLACE: usize = 64 << 10;

/// How many threads work at the same time.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Turns at doing work that keeps a thread busy.
#[derive(Debug)]
pub struct Turns(Semaphore);

impl Default for Turns {
    fn default() -> Self {
        Self(Semaphore::new(threads()))
    }
}

impl Turns {
    /// Does `work` on data of about `size` bytes: in place when it is small, else in turn.
    pub async fn run<T>(&self, size: usize, work: impl FnOnce() -> T) -> T {
        if size <= IN_PLACE {
            return work();
        }
        self.wait(work).await
    }

    /// Does `work` on data of about `size` bytes: in place when that is known to be quick or turns out to be, else in turn.
    ///
    /// # Errors
    /// Why the work does not end.
    pub async fn attempt<T>(&self, size: usize, work: impl Fn(Effort) -> Result<T, Fault>) -> Result<T, Fault> {
        if size <= IN_PLACE {
            let done = work(Effort::InPlace);
            if !done.as_ref().is_err_and(Fault::is_too_costly) {
                return done;
            }
        }
        self.wait(|| work(Effort::Whole)).await
    }

    /// Does `work` in turn. The thread it is done on gives its other tasks away; the turn ends with the work, for nobody can drop
    /// the caller's future meanwhile.
    pub async fn wait<T>(&self, work: impl FnOnce() -> T) -> T {
        // The semaphore is never closed.
        let _turn = self.0.acquire().await;
        blocking(work)
    }

    /// Runs a future about `size` bytes, and in turn what it does before it waits for the first time.
    pub async fn begin<T>(&self, size: usize, mut work: Pin<Box<impl Future<Output = T>>>) -> T {
        if size > IN_PLACE {
            let _turn = self.0.acquire().await;
            let begun = poll_fn(|cx| Poll::Ready(blocking(|| work.as_mut().poll(cx)))).await;
            if let Poll::Ready(done) = begun {
                return done;
            }
        }
        work.await
    }
}

/// Tells the runtime that this thread is busy; one that has no other threads works on.
fn blocking<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// Does `work` with each of `items` on all cores there are, at most `most`. Results are in the order of items.
#[must_use]
pub fn map<I: Sync, T: Send>(items: &[I], most: usize, work: impl Fn(&I) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    let turns = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return };
            let result = work(item);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
        }
    };
    let threads = threads().min(most).min(items.len());
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(turns);
        }
        turns();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order() {
        let items: Vec<u64> = (0..100).collect();
        let slow_first = |n: &u64| {
            std::thread::sleep(std::time::Duration::from_micros(100 - n));
            n * 2
        };
        assert_eq!(map(&items, 4, slow_first), items.iter().map(|n| n * 2).collect::<Vec<_>>());
        assert!(map(&[] as &[u64], 4, slow_first).is_empty());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn long_work_keeps_nobody_waiting() {
        let (turns, (sent, received)) = (Turns::default(), std::sync::mpsc::channel());
        // On the only thread there is: were it kept, what the work waits for would never come.
        let work = tokio::spawn(async move { turns.run(IN_PLACE + 1, move || received.recv()).await });
        let other = tokio::spawn(async move { sent.send(7) });
        assert!(other.await.unwrap().is_ok());
        assert_eq!(work.await.unwrap(), Ok(7));
    }

    #[tokio::test]
    async fn a_runtime_of_one_thread_works_too() {
        assert_eq!(Turns::default().wait(|| 3).await, 3);
    }
}
