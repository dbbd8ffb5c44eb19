//! The response body of whichever HTTP client answered.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::{body::BoxError, plain::ReturningBody, transport::TransportBody};

/// A response body of any client.
pub(crate) enum ClientBody {
    Plain(ReturningBody),
    Hyper(Incoming),
    Reqwest(reqwest::Body),
    Given(TransportBody),
}

impl Body for ClientBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.get_mut() {
            Self::Plain(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Self::Hyper(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Self::Reqwest(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Self::Given(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Plain(body) => body.is_end_stream(),
            Self::Hyper(body) => body.is_end_stream(),
            Self::Reqwest(body) => body.is_end_stream(),
            Self::Given(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Plain(body) => body.size_hint(),
            Self::Hyper(body) => body.size_hint(),
            Self::Reqwest(body) => body.size_hint(),
            Self::Given(body) => body.size_hint(),
        }
    }
}
