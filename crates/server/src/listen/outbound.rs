//! The body of an answer on its way to the caller: as long as it is there its request is in flight, and where requests share a
//! connection a long body goes in pieces, so that what a caller does not take waits here and not in the protocol.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};

use super::streams;
use crate::http::{
    body::{Body, BodyError},
    traffic::InFlight,
};

/// The largest piece on a shared connection.
const PIECE: usize = 64 << 10;

/// The body of an answer.
#[derive(Debug)]
pub(super) struct Outbound {
    body: Body,
    shared: bool,
    _request: InFlight,
}

impl Outbound {
    /// The body of the answer to a request.
    pub(super) fn new(body: Body, shared: bool, request: InFlight) -> Self {
        Self { body, shared, _request: request }
    }

    fn poll_shared(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        streams::asked();
        let frame = match &mut self.body {
            Body::Full(bytes) if bytes.len() > PIECE => Poll::Ready(Some(Ok(Frame::data(bytes.split_to(PIECE))))),
            body => Pin::new(body).poll_frame(cx),
        };
        if let Poll::Ready(Some(Ok(frame))) = &frame {
            streams::handed(frame.data_ref().map_or(0, Bytes::len));
        }
        frame
    }
}

impl http_body::Body for Outbound {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.shared { self.poll_shared(cx) } else { Pin::new(&mut self.body).poll_frame(cx) }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
