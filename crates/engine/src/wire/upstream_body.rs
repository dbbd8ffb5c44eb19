//! An upstream's body that notices when it stalls or ends early: an error, never a shorter success.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, Sleep},
};

use super::client_body::ClientBody;
use crate::base::fault::{Fault, UpstreamFault};

/// An upstream's body: a stall or an early end is an error, never a shorter success.
pub(crate) struct UpstreamBody {
    inner: ClientBody,
    idle: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
    waiting: bool,
    /// A place that is taken until all of it has arrived.
    _place: Option<OwnedSemaphorePermit>,
}

impl UpstreamBody {
    pub(crate) fn new(inner: ClientBody, idle: Duration) -> Self {
        Self { inner, idle, sleep: None, waiting: false, _place: None }
    }

    /// The same, which gives a place back when it is dropped.
    pub(crate) fn keeping(self, place: Option<OwnedSemaphorePermit>) -> Self {
        Self { _place: place, ..self }
    }
}

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        match Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Ready(frame) => {
                self.waiting = false;
                Poll::Ready(frame.map(|frame| frame.map_err(|error| broken(&*error))))
            }
            Poll::Pending => {
                let this = &mut *self;
                let idle = this.idle;
                let sleep = this.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(idle)));
                if !this.waiting {
                    this.waiting = true;
                    sleep.as_mut().reset(Instant::now() + idle);
                }
                std::task::ready!(sleep.as_mut().poll(cx));
                let detail = format!("nothing more of its response came within {} s", idle.as_secs_f32());
                Poll::Ready(Some(Err(Fault::upstream(UpstreamFault::Timeout, detail))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

fn broken(error: &(dyn std::error::Error + 'static)) -> Fault {
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        reason = cause.to_string();
        source = cause.source();
    }
    Fault::upstream(UpstreamFault::CutShort, reason)
}
