//! Tells a client that asked for it how far a call is, and at least every ten seconds that it is still running: many clients
//! give up on a silent call after a minute.

use std::{pin::pin, sync::Arc, time::Duration};

use capstan_engine::{Invocation, Report as Told};
use rmcp::{
    Peer, RoleServer,
    model::{ProgressNotificationParam, ProgressToken},
};
use tokio::sync::mpsc;

/// How often a running call says so.
pub(super) const BEAT: Duration = Duration::from_secs(10);

/// How long a client may take to accept a notification.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// What the engine tells.
pub(super) enum Done {
    /// How many steps are done, of how many, and the name of the last one.
    Step(usize, usize, Box<str>),
    /// What the call waits for.
    Waiting(Box<str>),
}

/// Has the engine report the steps of an invocation.
pub(super) fn steps(invocation: &mut Invocation) -> mpsc::UnboundedReceiver<Done> {
    let (sender, receiver) = mpsc::unbounded_channel();
    invocation.progress = Some(Arc::new(move |told: Told<'_>| {
        let done = match told {
            Told::Step { done, total, name } => Done::Step(done, total, name.into()),
            Told::Queued(why) => Done::Waiting(why.into()),
            Told::Job { part, message } => {
                let percent = part.map(|part| format!("{:.0} %", part * 100.0));
                let parts = [percent.as_deref(), message].into_iter().flatten().collect::<Vec<_>>();
                Done::Waiting(if parts.is_empty() { "still running".into() } else { parts.join(", ").into() })
            }
        };
        let _ = sender.send(done);
    }));
    receiver
}

/// Does `work` and reports meanwhile. Of a single step only the heartbeat is of use.
pub(super) async fn reported<T>(
    work: impl Future<Output = T>,
    peer: Peer<RoleServer>,
    token: ProgressToken,
    mut steps: mpsc::UnboundedReceiver<Done>,
    expected: usize,
) -> T {
    let mut report = Report { peer, token, total: expected, done: 0, beats: 0 };
    let mut work = pin!(work);
    let mut beat = tokio::time::interval_at(tokio::time::Instant::now() + BEAT, BEAT);
    loop {
        tokio::select! {
            biased;
            Some(done) = steps.recv() => report.done(done).await,
            result = &mut work => {
                while let Ok(done) = steps.try_recv() {
                    report.done(done).await;
                }
                return result;
            }
            _ = beat.tick() => report.beat().await,
        }
    }
}

struct Report {
    peer: Peer<RoleServer>,
    token: ProgressToken,
    total: usize,
    done: usize,
    beats: u32,
}

impl Report {
    async fn done(&mut self, done: Done) {
        match done {
            Done::Step(done, total, name) => self.step(done, total, &name).await,
            Done::Waiting(why) => {
                self.beats += 1;
                self.send(Some(why.into())).await;
            }
        }
    }

    async fn step(&mut self, done: usize, total: usize, name: &str) {
        self.total = total;
        if total > 1 && done > self.done {
            (self.done, self.beats) = (done, 0);
            let message = (!name.is_empty()).then(|| format!("step {done}/{total}: {name}"));
            self.send(message).await;
        }
    }

    async fn beat(&mut self) {
        self.beats += 1;
        self.send(Some("still running".to_owned())).await;
    }

    async fn send(&self, message: Option<String>) {
        let mut param = ProgressNotificationParam::new(self.token.clone(), progress(self.done, self.beats));
        param.total = (self.total > 1).then_some(self.total as f64);
        param.message = message;
        let _ = tokio::time::timeout(PATIENCE, self.peer.notify_progress(param)).await;
    }
}

/// Rises with every heartbeat, but never to the next step.
fn progress(done: usize, beats: u32) -> f64 {
    done as f64 + (1.0 - 1.0 / (f64::from(beats) + 1.0))
}

#[cfg(test)]
mod tests {
    use super::progress;

    #[test]
    fn progress_rises_strictly() {
        let values = [progress(0, 0), progress(0, 1), progress(0, 2), progress(0, 500), progress(1, 0), progress(1, 1)];
        assert!(values.is_sorted_by(|a, b| a < b), "{values:?}");
    }
}
