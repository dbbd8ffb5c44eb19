//! A body of which only so many bytes are passed on; more is an error.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::base::fault::{Fault, UpstreamFault};

pub(crate) struct SizeLimited<B> {
    inner: B,
    left: u64,
    limit: u64,
}

/// The upstream sends more than it may.
pub(crate) fn too_large(limit: u64) -> Fault {
    Fault::upstream(UpstreamFault::TooLarge, format!("it has more than {limit} bytes"))
}

impl<B> SizeLimited<B> {
    pub(crate) fn new(inner: B, limit: u64) -> Self {
        Self { inner, left: limit, limit }
    }
}

impl<B: Body<Data = Bytes, Error = Fault> + Unpin> Body for SizeLimited<B> {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            match self.left.checked_sub(data.len() as u64) {
                Some(left) => self.left = left,
                None => return Poll::Ready(Some(Err(too_large(self.limit)))),
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
