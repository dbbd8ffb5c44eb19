//! Writes down what a sandbox is asked and what it answers.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use capstan_engine::{Fault, Transport, TransportBody, UpstreamFault};
use futures_util::future::BoxFuture;
use http::{Request, Response, header::ACCEPT_ENCODING};
use http_body_util::{BodyExt as _, Full};

/// One exchange, whole.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    /// What was asked.
    pub(super) request: Request<Bytes>,
    /// What was answered.
    pub(super) response: Response<Bytes>,
}

/// Stands before another transport.
pub(super) struct Recorder {
    inner: Arc<dyn Transport>,
    seen: Mutex<Vec<Recorded>>,
    /// Whether answers are asked for as they are, without an encoding.
    plain: bool,
}

impl Recorder {
    /// Writes down what `inner` does.
    pub(super) fn new(inner: Arc<dyn Transport>) -> Self {
        Self { inner, seen: Mutex::default(), plain: false }
    }

    /// The same, of answers that can be read: no encoding is asked for.
    pub(super) fn plain(inner: Arc<dyn Transport>) -> Self {
        Self { plain: true, ..Self::new(inner) }
    }

    /// What was written down.
    pub(super) fn take(&self) -> Vec<Recorded> {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn pass(&self, mut request: Request<Bytes>) -> Result<Response<TransportBody>, Fault> {
        if self.plain {
            request.headers_mut().remove(ACCEPT_ENCODING);
        }
        let (parts, body) = self.inner.answer(request.clone()).await?.into_parts();
        let whole = body.collect().await;
        let bytes = whole.map_err(|error| Fault::upstream(UpstreamFault::CutShort, error.to_string()))?.to_bytes();
        let response = Response::from_parts(parts, bytes.clone());
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(Recorded { request, response: response.clone() });
        Ok(response.map(|bytes| Full::new(bytes).map_err(|never| match never {}).boxed()))
    }
}

impl Transport for Recorder {
    fn answer(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<TransportBody>, Fault>> {
        Box::pin(self.pass(request))
    }
}
