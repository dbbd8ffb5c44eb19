//! A job as a stream of server-sent events: `progress` with the job document whenever something changed, then one `result` or
//! `error`. A comment keeps the connection alive meanwhile. A stream that ends without either can be asked for again.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use capstan_engine::{Answer, CollectedBody, Fault, Job, JobState, JobView, Shared};
use futures_util::stream;
use http::{HeaderMap, HeaderValue, Response, header};
use http_body::Frame;
use http_body_util::StreamBody;
use serde_json::Value;

use super::document::Document;
use crate::http::{
    accept::{accepted, is_json},
    body::{Body, BodyError},
    problem,
};

/// How often a silent stream says that it is alive.
const BEAT: Duration = Duration::from_secs(15);

/// The most bytes of a result that is put into an event.
const LARGEST: usize = 10 << 20;

/// Whether a caller asks for events before all else.
pub(super) fn asked_for(headers: &HeaderMap) -> bool {
    accepted(headers).next().is_some_and(|range| range == "text/event-stream")
}

/// The events of a job until it is over.
pub(super) fn answer(job: Job, path: String, engine: Arc<Shared>) -> Response<Body> {
    let events = stream::unfold(Some(Follower { job, path, engine, told: None }), |follower| async {
        let mut follower = follower?;
        let (event, ends) = follower.next().await?;
        let frame = Ok::<_, BodyError>(Frame::data(event));
        Some((frame, (!ends).then_some(follower)))
    });
    let mut response = Response::new(Body::stream(StreamBody::new(events)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that collect answers would hold back what this is for.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

struct Follower {
    job: Job,
    path: String,
    engine: Arc<Shared>,
    /// What was told last, and which version that was.
    told: Option<(u64, Bytes)>,
}

impl Follower {
    /// The next event, and whether it is the last; nothing when nobody looks after the job any more.
    async fn next(&mut self) -> Option<(Bytes, bool)> {
        let beat = tokio::time::Instant::now() + BEAT;
        loop {
            let view = match &self.told {
                None => self.job.look(),
                Some((told, _)) => match tokio::time::timeout_at(beat, self.job.changed(*told)).await {
                    Ok(view) if view.version == *told && !view.state.is_over() => return None,
                    Ok(view) => view,
                    Err(_) => return Some((Bytes::from_static(b": still running\n\n"), false)),
                },
            };
            if view.state.is_over() {
                return Some((self.last(&view).await, true));
            }
            let document = Document::new(&self.job, &view, &self.path).bytes();
            let is_news = self.told.as_ref().is_none_or(|(_, known)| *known != document);
            self.told = Some((view.version, document.clone()));
            if is_news {
                return Some((event("progress", &document), false));
            }
        }
    }

    async fn last(&self, view: &JobView) -> Bytes {
        let document = Document::new(&self.job, view, &self.path);
        match view.state {
            JobState::Succeeded => match self.result().await {
                Ok(Some(result)) => event("result", &document.with_result(result).bytes()),
                // Bytes are no text: the document says where they are.
                Ok(None) => event("result", &document.bytes()),
                Err(fault) => event("error", problem::object(&fault).to_string().as_bytes()),
            },
            _ => match &view.fault {
                Some(fault) => event("error", problem::object(fault).to_string().as_bytes()),
                None => event("cancelled", &document.bytes()),
            },
        }
    }

    /// What the job yielded, when it is JSON.
    async fn result(&self) -> Result<Option<Value>, Fault> {
        let answer: Answer = self.job.answer()?;
        let (buffers, turns) = (self.engine.buffers(), self.engine.turns());
        let collected = answer.collect(buffers, turns, LARGEST).await?;
        let is_json = collected.media_type().is_some_and(is_json);
        Ok(match collected.body {
            CollectedBody::Json(value) => Some(value),
            CollectedBody::Bytes(bytes) if is_json => serde_json::from_slice(&bytes).ok(),
            CollectedBody::Empty | CollectedBody::Bytes(_) => None,
        })
    }
}

/// One event. JSON has no line breaks.
fn event(name: &str, data: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(name.len() + data.len() + 16);
    for part in [b"event: ", name.as_bytes(), b"\ndata: ", data, b"\n\n"] {
        out.extend_from_slice(part);
    }
    out.into()
}
