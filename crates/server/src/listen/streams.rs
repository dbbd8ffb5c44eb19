//! Requests that share a connection: each is a task of its own, and one whose caller opens no window for its answer is given up
//! without the others.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use tokio::task::futures::TaskLocalFuture;

use crate::{http::pace::Pace, settings::Patience};

tokio::task_local! {
    static STREAM: Arc<Handover>;
}

/// What was handed to the protocol for one caller.
#[derive(Debug, Default)]
struct Handover {
    bytes: AtomicUsize,
    /// Whether the protocol has something that the caller does not take.
    held: AtomicBool,
}

/// The answer's next piece is asked for: what there was is taken.
pub(super) fn asked() {
    // A request without a task of its own has a connection of its own.
    let _ = STREAM.try_with(|stream| stream.held.store(false, Relaxed));
}

/// A piece was handed over.
pub(super) fn handed(bytes: usize) {
    let _ = STREAM.try_with(|stream| {
        stream.bytes.fetch_add(bytes, Relaxed);
        stream.held.store(true, Relaxed);
    });
}

/// Runs the requests of shared connections.
#[derive(Clone, Copy, Debug)]
pub(super) struct Streams {
    pub(super) patience: Patience,
}

impl<F> hyper::rt::Executor<F> for Streams
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, work: F) {
        let handover = Arc::<Handover>::default();
        let work = Box::pin(STREAM.scope(handover.clone(), work));
        tokio::spawn(Stream { work, handover, known: 0, pace: None, patience: self.patience });
    }
}

/// One request of a shared connection. Dropping it resets its stream.
struct Stream<F> {
    work: Pin<Box<TaskLocalFuture<Arc<Handover>, F>>>,
    handover: Arc<Handover>,
    /// What was handed over when it was last looked at.
    known: usize,
    pace: Option<Pace>,
    patience: Patience,
}

impl<F: Future<Output = ()>> Future for Stream<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        if this.work.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let bytes = this.handover.bytes.load(Relaxed);
        let more = bytes - std::mem::replace(&mut this.known, bytes);
        let held = this.handover.held.load(Relaxed);
        if let Some(pace) = &mut this.pace
            && (more > 0 || !held)
        {
            pace.moved(more);
        }
        if !held {
            return Poll::Pending;
        }
        let patience = &this.patience;
        this.pace.get_or_insert_with(|| Pace::new(patience)).poll_stalled(cx)
    }
}
