//! The body of a request as it arrives. A caller who is waited for must move, and may take so long in all; what arrives with the
//! request's head costs nothing.

use std::{
    error::Error as StdError,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;

use super::{pace::Pace, traffic::Traffic};
use crate::settings::Patience;

/// The body of a request.
#[derive(Debug)]
pub(crate) struct Inbound {
    body: Source,
    /// None as soon as there is nothing to come.
    rest: Option<Rest>,
}

/// Where a body comes from.
#[derive(Debug)]
enum Source {
    /// A connection.
    Connection(Incoming),
    /// This process: all of it is there.
    Held(Full<Bytes>),
}

/// What is known of a body that has not arrived yet.
#[derive(Debug)]
struct Rest {
    traffic: Arc<Traffic>,
    patience: Patience,
    /// Made when the caller is waited for.
    pace: Option<Pace>,
}

/// Why a body did not arrive.
#[derive(Debug)]
pub(crate) enum InboundError {
    /// The caller sent too little for too long.
    Slow(Patience),
    /// The connection broke, or what came is no body.
    Broken(hyper::Error),
}

impl fmt::Display for InboundError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slow(Patience { stall, rate, body, .. }) => write!(
                f,
                "it came too slowly: {rate} bytes a second are expected over any {} s, and all of it within {} s",
                stall.as_secs_f32(),
                body.as_secs_f32(),
            ),
            Self::Broken(error) => error.fmt(f),
        }
    }
}

impl StdError for InboundError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Slow(_) => None,
            Self::Broken(error) => Some(error),
        }
    }
}

impl Inbound {
    /// The body of a request on that connection.
    pub(crate) fn new(body: Incoming, traffic: &Arc<Traffic>, patience: Patience) -> Self {
        let rest = (!http_body::Body::is_end_stream(&body)).then(|| {
            traffic.receiving();
            Rest { traffic: traffic.clone(), patience, pace: None }
        });
        Self { body: Source::Connection(body), rest }
    }

    /// The body of a request that comes from this process.
    pub(crate) fn held(bytes: Bytes) -> Self {
        Self { body: Source::Held(Full::new(bytes)), rest: None }
    }

    fn settle(&mut self, whole: bool) {
        if let Some(rest) = self.rest.take() {
            rest.traffic.received(whole);
        }
    }
}

impl Rest {
    /// The caller is waited for.
    fn poll_slow(&mut self, cx: &mut Context<'_>) -> Poll<InboundError> {
        let pace = self.pace.get_or_insert_with(|| Pace::new(&self.patience));
        if pace.poll_stalled(cx).is_ready() || pace.waited() >= self.patience.body {
            return Poll::Ready(InboundError::Slow(self.patience));
        }
        Poll::Pending
    }
}

impl http_body::Body for Inbound {
    type Data = Bytes;
    type Error = InboundError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, InboundError>>> {
        let this = &mut *self;
        let connection = match &mut this.body {
            Source::Connection(connection) => connection,
            Source::Held(body) => {
                return Pin::new(body)
                    .poll_frame(cx)
                    .map(|frame| frame.map(|frame| frame.map_err(|never| match never {})));
            }
        };
        match Pin::new(&mut *connection).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                if http_body::Body::is_end_stream(connection) {
                    this.settle(true);
                } else if let Some(pace) = this.rest.as_mut().and_then(|rest| rest.pace.as_mut()) {
                    pace.moved(frame.data_ref().map_or(0, Bytes::len));
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(None) => {
                this.settle(true);
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(error))) => {
                this.settle(false);
                Poll::Ready(Some(Err(InboundError::Broken(error))))
            }
            Poll::Pending => {
                let Some(rest) = &mut this.rest else { return Poll::Pending };
                let Poll::Ready(slow) = rest.poll_slow(cx) else { return Poll::Pending };
                this.settle(false);
                Poll::Ready(Some(Err(slow)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.body {
            Source::Connection(body) => self.rest.is_none() && body.is_end_stream(),
            Source::Held(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Source::Connection(body) => http_body::Body::size_hint(body),
            Source::Held(body) => body.size_hint(),
        }
    }
}

impl Drop for Inbound {
    fn drop(&mut self) {
        self.settle(false);
    }
}
