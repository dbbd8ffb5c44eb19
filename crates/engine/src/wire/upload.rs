//! A caller's body on its way to an upstream, and how far it is: an upstream is not late as long as its request is not there.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::BoxBody;

use crate::base::fault::Fault;

/// A caller's request body on its way to an upstream, in pieces.
pub type InboundBody = BoxBody<Bytes, Fault>;

/// A body that is passed on as it comes.
#[derive(Debug)]
pub(crate) struct Upload {
    body: InboundBody,
    progress: Arc<Progress>,
}

/// How far a body is.
#[derive(Debug)]
pub(crate) struct Progress {
    begun: Instant,
    /// When a piece was handed on last, in milliseconds.
    moved: AtomicU64,
    /// Whether the caller has to send something.
    awaited: AtomicBool,
}

impl Upload {
    /// Passes this body on.
    pub(crate) fn new(body: InboundBody) -> Self {
        let progress = Progress { begun: Instant::now(), moved: AtomicU64::new(0), awaited: AtomicBool::new(false) };
        Self { body, progress: Arc::new(progress) }
    }

    /// How far it is.
    pub(crate) fn progress(&self) -> Arc<Progress> {
        self.progress.clone()
    }
}

impl Progress {
    /// For how long the upstream had all that the caller sent so far; nothing while the caller is waited for.
    pub(crate) fn unanswered(&self) -> Option<Duration> {
        let moved = Duration::from_millis(self.moved.load(Relaxed));
        (!self.awaited.load(Relaxed)).then(|| self.begun.elapsed().saturating_sub(moved))
    }

    fn note(&self, awaited: bool) {
        self.awaited.store(awaited, Relaxed);
        self.moved.store(u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX), Relaxed);
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        self.progress.note(frame.is_pending());
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // Whoever does not read the rest has all it wants.
        self.progress.note(false);
    }
}
