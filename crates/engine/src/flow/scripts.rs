//! Threads for scripts. A script that QuickJS does not interrupt keeps its thread until it ends, whoever still waits for it, and no
//! other script runs there meanwhile; when no thread is left, scripts are refused.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::base::workers::threads;

/// How long after its time a script may take to notice that it is over.
const GRACE: Duration = Duration::from_secs(2);

/// Threads for scripts.
#[derive(Debug)]
pub(crate) struct Scripts {
    turns: Arc<Semaphore>,
    /// How many threads are busy with a script whose time is over.
    overdue: Arc<AtomicUsize>,
    threads: usize,
    grace: Duration,
}

/// Why a script gave nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unfinished {
    /// Every thread is busy.
    Busy,
    /// Its time is over, and it does not stop.
    Overdue,
    /// It brought its thread down.
    Failed,
}

impl Default for Scripts {
    fn default() -> Self {
        Self::new(threads(), GRACE)
    }
}

impl Scripts {
    fn new(threads: usize, grace: Duration) -> Self {
        Self { turns: Arc::new(Semaphore::new(threads)), overdue: Arc::default(), threads, grace }
    }

    /// How many scripts run at the same time.
    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// Runs a script that is to end within `limit`. It is told to stop when nobody waits for it any more.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        limit: Duration,
        script: impl FnOnce(&Arc<AtomicBool>) -> T + Send + 'static,
    ) -> Result<T, Unfinished> {
        let turn = self.turn(limit).await?;
        let waiting = Waiting(Arc::default());
        let stop = Arc::clone(&waiting.0);
        let state = Arc::new(State { late: AtomicBool::new(false), overdue: Arc::clone(&self.overdue) });
        let ending = Ending { state: Arc::clone(&state), _turn: turn };
        let running = tokio::task::spawn_blocking(move || {
            let _ending = ending;
            script(&stop)
        });
        match timeout(limit.saturating_add(self.grace), running).await {
            Ok(ended) => ended.map_err(|_| Unfinished::Failed),
            Err(_) => {
                state.is_late();
                Err(Unfinished::Overdue)
            }
        }
    }

    /// A thread's turn; nobody waits for longer than the script itself may take, nor for threads that do not come back.
    async fn turn(&self, limit: Duration) -> Result<OwnedSemaphorePermit, Unfinished> {
        if self.overdue.load(Ordering::Relaxed) >= self.threads {
            return Err(Unfinished::Busy);
        }
        let turn = timeout(limit, Arc::clone(&self.turns).acquire_owned()).await;
        turn.ok().and_then(Result::ok).ok_or(Unfinished::Busy)
    }
}

/// Somebody waits for a script.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What is known of a running script by those who wait for it and by its thread.
struct State {
    late: AtomicBool,
    overdue: Arc<AtomicUsize>,
}

impl State {
    fn is_late(&self) {
        self.overdue.fetch_add(1, Ordering::Relaxed);
        // Whoever comes second finds what the first one left: the script may have ended just now.
        if self.late.swap(true, Ordering::AcqRel) {
            self.overdue.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn has_ended(&self) {
        if self.late.swap(true, Ordering::AcqRel) {
            self.overdue.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Held by the thread of a script to its end, even a bad one.
struct Ending {
    state: Arc<State>,
    _turn: OwnedSemaphorePermit,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.state.has_ended();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A script that ends when the other side of the channel says so.
    fn stuck() -> (mpsc::Sender<()>, impl FnOnce(&Arc<AtomicBool>) + Send + 'static) {
        let (end, ended) = mpsc::channel();
        (end, move |_: &Arc<AtomicBool>| {
            let _ = ended.recv();
        })
    }

    #[tokio::test]
    async fn a_thread_that_does_not_come_back_runs_no_other_script() {
        let scripts = Scripts::new(1, Duration::ZERO);
        let (end, script) = stuck();
        let limit = Duration::from_millis(50);
        assert_eq!(scripts.run(limit, script).await, Err(Unfinished::Overdue));
        assert_eq!(scripts.run(limit, |_| 1).await, Err(Unfinished::Busy));
        drop(end);
        while scripts.turns.available_permits() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(scripts.run(limit, |_| 1).await, Ok(1));
        assert_eq!(scripts.overdue.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn a_turn_ends_with_the_thread_and_not_with_the_caller() {
        let scripts = Scripts::new(1, Duration::ZERO);
        let (end, script) = stuck();
        let limit = Duration::from_secs(60);
        let (told, telling) = mpsc::channel();
        let abandoned = scripts.run(limit, move |stop: &Arc<AtomicBool>| {
            script(stop);
            let _ = told.send(stop.load(Ordering::Relaxed));
        });
        assert!(timeout(Duration::from_millis(20), abandoned).await.is_err());
        assert_eq!(scripts.turns.available_permits(), 0, "its thread is still busy");
        drop(end);
        assert!(tokio::task::spawn_blocking(move || telling.recv()).await.unwrap().unwrap(), "it is told to stop");
        assert_eq!(scripts.run(limit, |_| 2).await, Ok(2));
    }

    #[tokio::test]
    async fn a_panic_gives_the_thread_back() {
        let scripts = Scripts::new(1, Duration::ZERO);
        let broken = scripts.run(Duration::from_secs(9), |_| assert_eq!(1, 2)).await;
        assert_eq!(broken, Err(Unfinished::Failed));
        assert_eq!(scripts.run(Duration::from_secs(9), |_| 3).await, Ok(3));
    }
}
