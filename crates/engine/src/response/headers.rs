//! Upstream responses: which headers are passed on, bodies that notice when they stall or end early, and content encodings.

use std::{
    io::Read,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, header};
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use crate::{
    base::fault::{Fault, UpstreamFault},
    wire::transport::InBody,
};

/// An upstream's body: a stall or an early end is an error, never a shorter success.
pub(crate) struct UpstreamBody {
    inner: InBody,
    idle: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
    waiting: bool,
}

impl UpstreamBody {
    pub(crate) fn new(inner: InBody, idle: Duration) -> Self {
        Self { inner, idle, sleep: None, waiting: false }
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

/// The headers of a response that are passed on. Content headers describe bytes: they go only where the bytes go unchanged.
pub(crate) fn passed_on(headers: &HeaderMap, unchanged: bool) -> HeaderMap {
    let mut out = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        if is_passed_on(name, unchanged) {
            out.append(name.clone(), value.clone());
        }
    }
    out
}

fn is_passed_on(name: &HeaderName, unchanged: bool) -> bool {
    match *name {
        header::CONTENT_TYPE | header::CONTENT_LENGTH | header::CONTENT_ENCODING => return unchanged,
        header::ETAG
        | header::LAST_MODIFIED
        | header::CACHE_CONTROL
        | header::RETRY_AFTER
        | header::LINK
        | header::LOCATION => return true,
        header::SET_COOKIE | header::DATE | header::SERVER | header::CONNECTION => return false,
        _ => {}
    }
    let name = name.as_str();
    if let Some(rest) = name.strip_prefix("content-") {
        // Policies of the upstream's own pages are not about ours.
        return unchanged && !rest.starts_with("security-policy");
    }
    name.starts_with("x-ratelimit")
        || name.starts_with("ratelimit")
        || name.starts_with("x-rate-limit")
        || matches!(
            name,
            "x-request-id"
                | "request-id"
                | "x-correlation-id"
                | "correlation-id"
                | "x-trace-id"
                | "x-amzn-requestid"
                | "x-amz-request-id"
                | "x-github-request-id"
                | "cf-ray"
                | "x-ms-request-id"
        )
}

/// Undoes a content encoding, at most `limit` bytes of it.
pub(crate) fn decoded(body: Bytes, headers: &HeaderMap, limit: usize) -> Result<Bytes, Fault> {
    let mut body = body;
    let codings: Vec<String> = headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|coding| coding.trim().to_ascii_lowercase())
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect();
    for coding in codings.iter().rev() {
        if body.is_empty() {
            return Ok(body);
        }
        let undone = match coding.as_str() {
            "gzip" | "x-gzip" => read(flate2::read::MultiGzDecoder::new(&*body), limit),
            // Both meanings of `deflate` are in use.
            "deflate" => read(flate2::read::ZlibDecoder::new(&*body), limit)
                .or_else(|_| read(flate2::read::DeflateDecoder::new(&*body), limit)),
            "br" => read(brotli_decompressor::Decompressor::new(&*body, 4096), limit),
            "zstd" => zstd::stream::read::Decoder::new(&*body).and_then(|decoder| read(decoder, limit)),
            other => {
                return Err(Fault::upstream(
                    UpstreamFault::Undecodable,
                    format!("content encoding `{other}` is unknown"),
                ));
            }
        };
        let undone = undone.map_err(|error| {
            Fault::upstream(UpstreamFault::Undecodable, format!("its {coding} encoding is broken: {error}"))
        })?;
        if undone.len() > limit {
            return Err(Fault::upstream(UpstreamFault::TooLarge, format!("it has more than {limit} bytes")));
        }
        body = Bytes::from(undone);
    }
    Ok(body)
}

fn read(reader: impl Read, limit: usize) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    reader.take(limit as u64 + 1).read_to_end(&mut out)?;
    Ok(out)
}
