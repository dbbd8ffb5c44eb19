//! Notices that files changed and runs the pipeline once they have come to rest. What changed, and whether it did, the pipeline
//! finds out: a trigger too many costs a look at the disk and nothing else.
#![allow(clippy::disallowed_methods, reason = "what is watched is decided by what lies on disk")]

mod watched;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Weak},
    time::Duration,
};

use arc_swap::ArcSwap;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _, event::AccessKind};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

use self::watched::Watched;
use super::pipeline::Pipeline;
use crate::publication::state::Cause;

/// Files have come to rest when nothing happened for this long.
const QUIET: Duration = Duration::from_millis(100);
/// However long it goes on, the pipeline runs after this.
const LONGEST: Duration = Duration::from_secs(1);
/// How often to look where the file system does not tell.
const FALLBACK: Duration = Duration::from_secs(2);
/// How often to try again what failed for reasons outside of the files.
const RETRY: Duration = Duration::from_secs(5);

/// Starts to watch, or to look at an interval.
pub(crate) fn start(pipeline: &Arc<Pipeline>, poll: Option<Duration>) {
    let (tell, told) = mpsc::channel(1);
    let watched = Arc::new(ArcSwap::from_pointee(Watched::default()));
    let notifications = match poll {
        Some(_) => None,
        None => Notifications::open(watched.clone(), tell.clone()),
    };
    let task = Task { pipeline: Arc::downgrade(pipeline), told, _open: tell, watched, notifications, poll };
    tokio::spawn(task.run());
}

struct Task {
    /// Watching does not keep a server alive.
    pipeline: Weak<Pipeline>,
    told: mpsc::Receiver<()>,
    /// The channel stays open when nothing tells.
    _open: mpsc::Sender<()>,
    watched: Arc<ArcSwap<Watched>>,
    notifications: Option<Notifications>,
    poll: Option<Duration>,
}

impl Task {
    async fn run(mut self) {
        if self.poll.is_none() && self.notifications.is_none() {
            self.poll = Some(FALLBACK);
        }
        // What changed before the watch began is seen now.
        let mut cause = self.follow().await.then_some(Cause::Change);
        loop {
            let cause = match cause.take() {
                Some(cause) => cause,
                None => match self.next().await {
                    Some(cause) => cause,
                    None => return,
                },
            };
            let Some(pipeline) = self.pipeline.upgrade() else { return };
            // At the start alone there is an error; every other failure is told where it belongs.
            let _ = pipeline.reload(cause).await;
            drop(pipeline);
            // A folder that is new may have got files before it was watched.
            if self.follow().await {
                self.next_quiet().await;
                let Some(pipeline) = self.pipeline.upgrade() else { return };
                let _ = pipeline.reload(Cause::Change).await;
                drop(pipeline);
                self.follow().await;
            }
        }
    }

    /// Waits for a reason to run the pipeline.
    async fn next(&mut self) -> Option<Cause> {
        loop {
            let pipeline = self.pipeline.upgrade()?;
            let retry = pipeline.journal.state().retry;
            let reloaded = pipeline.reloaded.notified();
            let poll = self.poll;
            let tick = async {
                match poll {
                    Some(interval) => tokio::time::sleep(interval).await,
                    None => std::future::pending().await,
                }
            };
            let again = async { if retry { tokio::time::sleep(RETRY).await } else { std::future::pending().await } };
            let event = tokio::select! {
                told = self.told.recv() => Wake::Told(told.is_some()),
                () = tick => Wake::Tick,
                () = again => Wake::Retry,
                () = reloaded => Wake::Reloaded,
            };
            drop(pipeline);
            match event {
                Wake::Told(true) => {
                    self.next_quiet().await;
                    return Some(Cause::Change);
                }
                Wake::Told(false) => return None,
                Wake::Tick => return Some(Cause::Poll),
                Wake::Retry => return Some(Cause::Retry),
                // Someone else ran the pipeline: there may be other folders.
                Wake::Reloaded => {
                    if self.follow().await {
                        return Some(Cause::Change);
                    }
                }
            }
        }
    }

    /// Waits until files have come to rest, but not for ever.
    async fn next_quiet(&mut self) {
        let end = Instant::now() + LONGEST;
        while timeout_at(end.min(Instant::now() + QUIET), self.told.recv()).await.is_ok_and(|told| told.is_some()) {
            if Instant::now() >= end {
                return;
            }
        }
    }

    /// Watches what the present state was made from. Says whether a folder is watched that was not.
    async fn follow(&mut self) -> bool {
        let Some(notifications) = &mut self.notifications else { return false };
        let Some(pipeline) = self.pipeline.upgrade() else { return false };
        let made = tokio::task::spawn_blocking(move || {
            Watched::of(&pipeline.settings, &pipeline.snapshot(), &pipeline.journal.state())
        })
        .await;
        let Ok(watched) = made else { return false };
        let watched = Arc::new(watched);
        self.watched.store(watched.clone());
        let (added, complete) = notifications.look_at(&watched.folders);
        if !complete && self.poll.is_none() {
            tracing::warn!(
                "the file system does not tell of every change; looking every {} s instead",
                FALLBACK.as_secs()
            );
            self.poll = Some(FALLBACK);
        }
        added
    }
}

enum Wake {
    Told(bool),
    Tick,
    Retry,
    Reloaded,
}

/// The file system's notifications.
struct Notifications {
    watcher: RecommendedWatcher,
    /// Watched folders by inode: one that is deleted and made anew must be watched anew.
    watched: BTreeMap<PathBuf, Option<u64>>,
}

impl Notifications {
    fn open(watched: Arc<ArcSwap<Watched>>, tell: mpsc::Sender<()>) -> Option<Self> {
        let handler = move |event: notify::Result<notify::Event>| {
            let relevant = match &event {
                Ok(event) => !is_access(event.kind) && (event.need_rescan() || watched.load().concerns(&event.paths)),
                // Something was missed.
                Err(_) => true,
            };
            if relevant {
                // When the channel is full, someone is about to look anyway.
                let _ = tell.try_send(());
            }
        };
        match notify::recommended_watcher(handler) {
            Ok(watcher) => Some(Self { watcher, watched: BTreeMap::new() }),
            Err(error) => {
                tracing::warn!(%error, "files cannot be watched; looking every {} s instead", FALLBACK.as_secs());
                None
            }
        }
    }

    /// Watches these folders and no others. Says whether one is new, and whether all are watched.
    fn look_at(&mut self, folders: &BTreeMap<PathBuf, Option<u64>>) -> (bool, bool) {
        let stale: Vec<PathBuf> = self
            .watched
            .iter()
            .filter(|(path, inode)| folders.get(*path) != Some(*inode))
            .map(|(p, _)| p.clone())
            .collect();
        for folder in stale {
            self.watched.remove(&folder);
            // Of a folder that is gone the watch is gone too.
            if folder.is_dir() {
                let _ = self.watcher.unwatch(&folder);
            }
        }
        let (mut added, mut complete) = (false, true);
        for (folder, inode) in folders {
            if inode.is_none() || self.watched.contains_key(folder) {
                continue;
            }
            match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.watched.insert(folder.clone(), *inode);
                    added = true;
                }
                Err(error) => {
                    tracing::debug!(%error, folder = %folder.display(), "not watched");
                    complete &= !folder.is_dir();
                }
            }
        }
        (added, complete)
    }
}

/// Reading a file is no change; that a writer has closed it is.
fn is_access(kind: EventKind) -> bool {
    matches!(kind, EventKind::Access(kind) if !matches!(kind, AccessKind::Close(notify::event::AccessMode::Write)))
}
