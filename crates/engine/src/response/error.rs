//! Errors of upstreams on their way to a caller: as they came, but without our secrets, which upstreams like to repeat ("invalid API
//! key sk-..."). Successes are not touched: what an upstream answers belongs to whoever asked.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body::{Body, Frame, SizeHint};

use super::answer::{AnswerBody, BodyStream};
use crate::{
    base::{
        fault::Fault,
        patterns::MASKED,
        secrets::{Found, Secrets},
        workers::Turns,
    },
    wire::{
        buffers::Buffers,
        collect::collect,
        encodings::{decoded, is_encoded},
        upstream_body::UpstreamBody,
    },
};

/// The most bytes of an encoded error that are looked into.
const ENCODED: usize = 1 << 20;

/// The body of an error, to be passed on with these headers, which are made to fit.
pub(crate) async fn body(
    (buffers, turns): (&Arc<Buffers>, &Turns),
    body: UpstreamBody,
    headers: &mut HeaderMap,
    secrets: &Secrets,
) -> AnswerBody {
    let found = secrets.found();
    if found.is_empty() {
        return AnswerBody::Stream(BodyStream::new(body));
    }
    headers.remove(header::CONTENT_LENGTH);
    if !is_encoded(headers) {
        return AnswerBody::Stream(BodyStream::new(Hiding::new(body, found)));
    }
    let whole = match collect(buffers, body, ENCODED).await {
        Ok(bytes) => decoded(buffers, turns, bytes, headers, ENCODED).await,
        Err(fault) => Err(fault),
    };
    headers.remove(header::CONTENT_ENCODING);
    // What cannot be looked into is not passed on: the status says enough.
    whole.map_or(AnswerBody::Empty, |bytes| AnswerBody::Bytes(hidden(bytes, secrets)))
}

/// Bytes without secrets.
pub(crate) fn hidden(bytes: Bytes, secrets: &Secrets) -> Bytes {
    match secrets.hide_bytes(&bytes) {
        std::borrow::Cow::Borrowed(_) => bytes,
        std::borrow::Cow::Owned(hidden) => hidden.into(),
    }
}

/// A body without secrets, as it comes. Holds back what may be the beginning of one.
pub(crate) struct Hiding<B> {
    inner: B,
    found: Found,
    held: Vec<u8>,
    /// How many bytes a secret that is not seen whole yet can have.
    back: usize,
    ended: bool,
}

impl<B> Hiding<B> {
    pub(crate) fn new(inner: B, found: Found) -> Self {
        let back = found.longest().saturating_sub(1);
        Self { inner, found, held: Vec::new(), back, ended: false }
    }

    /// What can be passed on by now.
    fn release(&mut self) -> Bytes {
        let sure = if self.ended { self.held.len() } else { self.held.len().saturating_sub(self.back) };
        let mut out = Vec::with_capacity(sure);
        let mut at = 0;
        while let Some(secret) = self.found.next(&self.held, at).filter(|secret| secret.start < sure) {
            out.extend_from_slice(self.held.get(at..secret.start).unwrap_or_default());
            out.extend_from_slice(MASKED.as_bytes());
            at = secret.end;
        }
        out.extend_from_slice(self.held.get(at..sure).unwrap_or_default());
        self.held.drain(..at.max(sure));
        out.into()
    }
}

impl<B: Body<Data = Bytes, Error = Fault> + Unpin> Body for Hiding<B> {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        loop {
            if self.ended {
                return Poll::Ready(None);
            }
            match ready!(Pin::new(&mut self.inner).poll_frame(cx)) {
                Some(Ok(frame)) => {
                    // What is no data is trailers, which nobody is told.
                    let Ok(data) = frame.into_data() else { continue };
                    self.held.extend_from_slice(&data);
                }
                Some(Err(fault)) => return Poll::Ready(Some(Err(fault))),
                None => self.ended = true,
            }
            let sure = self.release();
            if !sure.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(sure))));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;

    /// A body in pieces of so many bytes, with its secrets hidden.
    async fn passed_on(text: &str, piece: usize, secrets: &Secrets) -> String {
        let pieces: Vec<_> =
            text.as_bytes().chunks(piece).map(|data| Ok(Frame::data(Bytes::copy_from_slice(data)))).collect();
        let body = Hiding::new(StreamBody::new(stream::iter(pieces)), secrets.found());
        String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn secrets_are_found_across_pieces() {
        let secrets = Secrets::default();
        secrets.register("sk-0123456789");
        secrets.register("0123");
        let text = "invalid key sk-0123456789, or sk-012345678 or c2stMDEyMzQ1Njc4OQ== sk-0123456789";
        let expected = "invalid key ***, or sk-***45678 or ***Q== ***";
        for piece in 1..=text.len() {
            assert_eq!(passed_on(text, piece, &secrets).await, expected, "in pieces of {piece}");
        }
        assert_eq!(passed_on("nothing in it", 3, &secrets).await, "nothing in it");
    }
}
