//! What an invocation answers. Bodies that nobody mapped are streams; one that ends early ends with an error.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body::{Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;

use crate::{
    base::{fault::Fault, value::size, workers::Turns},
    wire::{
        buffers::{Buffers, Held},
        collect::collect,
        encodings::decoded,
    },
};

/// What an invocation answers.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers passed on (allow-listed), `content-type` and a known `content-length` included.
    pub headers: HeaderMap,
    /// The body.
    pub body: AnswerBody,
    /// Whether it is an upstream's error (>= 400), passed on unmapped.
    pub from_upstream_error: bool,
    /// Room for a large value, until it is written down.
    pub(crate) room: Option<Arc<Held>>,
}

/// The body of an answer.
#[derive(Debug)]
pub enum AnswerBody {
    /// None.
    Empty,
    /// A JSON value.
    Json(serde_json::Value),
    /// Bytes; `content-type` says of what.
    Bytes(Bytes),
    /// The upstream's bytes as they arrive.
    Stream(BodyStream),
}

/// An upstream body as it arrives. Ends with an error when it is cut short.
pub struct BodyStream(UnsyncBoxBody<Bytes, Fault>);

impl BodyStream {
    /// Wraps a body.
    pub fn new(body: impl http_body::Body<Data = Bytes, Error = Fault> + Send + 'static) -> Self {
        Self(UnsyncBoxBody::new(body))
    }
}

impl fmt::Debug for BodyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodyStream")
    }
}

impl http_body::Body for BodyStream {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        Pin::new(&mut self.0).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// An answer whose body has arrived.
#[derive(Clone, Debug)]
pub struct Collected {
    /// The status.
    pub status: StatusCode,
    /// The headers of the answer.
    pub headers: HeaderMap,
    /// The body: JSON that was mapped, else bytes.
    pub body: CollectedBody,
    /// Whether it is an upstream's error.
    pub from_upstream_error: bool,
    /// Room for a large value.
    pub room: Option<Arc<Held>>,
}

/// A body that has arrived.
#[derive(Clone, Debug)]
pub enum CollectedBody {
    /// None, or no bytes.
    Empty,
    /// A JSON value that a mapping or mock made.
    Json(serde_json::Value),
    /// Bytes; [`Collected::media_type`] says of what.
    Bytes(Bytes),
}

impl Answer {
    /// An answer without upstream.
    #[must_use]
    pub fn new(status: StatusCode, body: AnswerBody) -> Self {
        Self { status, headers: HeaderMap::new(), body, from_upstream_error: false, room: None }
    }

    /// The media type with its parameters, from `content-type`; JSON bodies have one without.
    #[must_use]
    pub fn media_type(&self) -> Option<&str> {
        match self.headers.get(http::header::CONTENT_TYPE) {
            Some(value) => value.to_str().ok(),
            None => matches!(self.body, AnswerBody::Json(_)).then_some("application/json"),
        }
    }

    /// Waits for the whole body; content encodings are undone.
    ///
    /// # Errors
    /// A body that is cut short, larger than `limit`, or has no room.
    pub async fn collect(self, buffers: &Arc<Buffers>, turns: &Turns, limit: usize) -> Result<Collected, Fault> {
        let body = match self.body {
            AnswerBody::Empty => CollectedBody::Empty,
            AnswerBody::Json(value) => CollectedBody::Json(value),
            AnswerBody::Bytes(bytes) => CollectedBody::Bytes(bytes),
            AnswerBody::Stream(stream) => {
                let bytes = collect(buffers, stream, limit).await?;
                CollectedBody::Bytes(decoded(buffers, turns, bytes, &self.headers, limit).await?)
            }
        };
        let mut headers = self.headers;
        if headers.remove(http::header::CONTENT_ENCODING).is_some() {
            headers.remove(http::header::CONTENT_LENGTH);
        }
        let Self { status, from_upstream_error, room, .. } = self;
        Ok(Collected { status, headers, body, from_upstream_error, room })
    }
}

impl Collected {
    /// About how many bytes its body has.
    #[must_use]
    pub fn size(&self) -> usize {
        match &self.body {
            CollectedBody::Empty => 0,
            CollectedBody::Json(value) => size(value),
            CollectedBody::Bytes(bytes) => bytes.len(),
        }
    }

    /// The media type with its parameters.
    #[must_use]
    pub fn media_type(&self) -> Option<&str> {
        match self.headers.get(http::header::CONTENT_TYPE) {
            Some(value) => value.to_str().ok(),
            None => matches!(self.body, CollectedBody::Json(_)).then_some("application/json"),
        }
    }
}
