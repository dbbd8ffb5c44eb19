//! The layer around rmcp's HTTP service: clients that accept anything, JSON for those that name no stream, JSON-RPC errors
//! where rmcp answers with text, and knowing which answers are still being written.

use std::{
    borrow::Cow,
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use capstan_engine::{ACCEPTED_ENCODINGS, Buffers, EncodingError, Uncollected, workers::Turns};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header, request::Parts};
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt as _, combinators::BoxBody};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::{
    request::Refusal,
    sessions,
    unreadable::{self, INVALID_REQUEST, PARSE_ERROR},
};
use crate::http::{
    accept::{accepted, essence},
    body::{Body, BodyError},
    decoding,
    inbound::InboundError,
};

const INTERNAL_ERROR: i32 = -32603;

/// Clients that accept anything accept what MCP has; rmcp wants to see it named.
pub(super) fn accept(headers: &mut HeaderMap, method: &Method) {
    let (mut given, mut anything) = (0, false);
    for range in accepted(headers) {
        given += 1;
        anything |= range == "*/*";
    }
    if given > 0 && !anything {
        return;
    }
    let both = if *method == Method::GET { "text/event-stream" } else { "application/json, text/event-stream" };
    headers.insert(header::ACCEPT, HeaderValue::from_static(both));
}

/// Whether the client says that it reads streams.
pub(super) fn names_stream(headers: &HeaderMap) -> bool {
    accepted(headers).any(|range| range == "text/event-stream")
}

/// Whether the message asks for notifications: its answer is a stream, or nothing.
pub(super) fn subscribes(bytes: &[u8]) -> bool {
    let message: Option<Message<'_>> = serde_json::from_slice(bytes).ok();
    message.and_then(|message| message.method).is_some_and(|method| method == "subscriptions/listen")
}

/// The body of a request, or the answer when it is too long, has no room, or does not arrive.
pub(super) async fn body<B>(buffers: &Arc<Buffers>, body: B, limit: usize) -> Result<Bytes, Response<Body>>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BodyError>,
{
    buffers.collect(body, limit).await.map_err(|why| match why {
        Uncollected::TooLarge => refused(StatusCode::PAYLOAD_TOO_LARGE, &unreadable::too_long(limit)),
        Uncollected::NoRoom => {
            let message = "Internal error: too many bytes of other requests wait in memory; try again in a second";
            let mut response = refusal(StatusCode::SERVICE_UNAVAILABLE, INTERNAL_ERROR, message);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            response
        }
        Uncollected::Broken(error) => match error.into().downcast_ref() {
            Some(slow @ InboundError::Slow(_)) => {
                let message = format!("Invalid Request: the body was not waited for: {slow}");
                refusal(StatusCode::REQUEST_TIMEOUT, INVALID_REQUEST, &message)
            }
            _ => {
                let message = "Parse error: the body did not arrive";
                refusal(StatusCode::BAD_REQUEST, PARSE_ERROR, message)
            }
        },
    })
}

/// A body without its content encoding, or the answer when that cannot be undone.
pub(super) async fn decoded(
    parts: &mut Parts,
    received: Result<Bytes, Response<Body>>,
    limit: usize,
    (buffers, turns): (&Arc<Buffers>, &Turns),
) -> Result<Bytes, Response<Body>> {
    let undone = decoding::decoded(parts, received?, limit, buffers, turns).await;
    undone.map_err(|error| {
        let status = match error {
            EncodingError::Unknown(_) | EncodingError::TooMany(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            EncodingError::Broken(_) => StatusCode::BAD_REQUEST,
            EncodingError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            EncodingError::NoRoom => StatusCode::SERVICE_UNAVAILABLE,
        };
        let message = format!("Invalid Request: the body cannot be decoded: {error}");
        let mut response = refusal(status, INVALID_REQUEST, &message);
        if status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            response.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED_ENCODINGS));
        }
        response
    })
}

pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.is_some_and(|value| essence(value) == "application/json")
}

pub(super) fn is_stream(response: &Response<BoxBody<Bytes, Infallible>>) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == "text/event-stream")
}

/// The message of a stream that answers the request, on its own and as it came.
pub(super) async fn single(turns: &Turns, response: Response<BoxBody<Bytes, Infallible>>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let Ok(all) = body.collect().await;
    let bytes = all.to_bytes();
    let answers = |data: &&[u8]| {
        let message: Option<Message> = serde_json::from_slice(data).ok();
        message.is_some_and(|message| message.result.is_some() || message.error.is_some())
    };
    let find = || {
        let mut messages = bytes.split(|byte| *byte == b'\n').filter_map(|line| line.strip_prefix(b"data:"));
        messages.find(answers).map(<[u8]>::trim_ascii)
    };
    let Some(message) = turns.run(bytes.len(), find).await else { return cut_off() };
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Response::from_parts(parts, Body::Full(bytes.slice_ref(message)))
}

/// What is looked at of a message.
#[derive(Deserialize)]
struct Message<'m> {
    #[serde(default, borrow)]
    method: Option<Cow<'m, str>>,
    #[serde(default)]
    result: Option<IgnoredAny>,
    #[serde(default)]
    error: Option<IgnoredAny>,
}

/// The answer to a body that is no JSON-RPC message.
pub(super) fn no_message(bytes: &[u8]) -> Response<Body> {
    refused(StatusCode::BAD_REQUEST, &unreadable::unreadable(bytes))
}

/// The session a request is in.
pub(super) fn session(headers: &HeaderMap) -> Option<&str> {
    headers.get("mcp-session-id")?.to_str().ok()
}

/// The answer where a session is not, or not for this caller; in the words of rmcp.
pub(super) fn unknown_session() -> Response<Body> {
    let mut response = Response::new(Body::from("Not Found: Session not found"));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// The answer to the end of a session.
pub(super) fn ended() -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// The answer to a request its session did not take.
pub(super) fn refused_by_session(why: &Refusal) -> Response<Body> {
    match why {
        Refusal::Full => {
            let mut response = refusal(StatusCode::SERVICE_UNAVAILABLE, INTERNAL_ERROR, sessions::FULL);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
            response
        }
        Refusal::TooLong(most) => refused(StatusCode::PAYLOAD_TOO_LARGE, &unreadable::too_long(*most)),
        Refusal::Unanswered(id) => refused(StatusCode::BAD_REQUEST, &unreadable::unanswered(id)),
    }
}

/// The answer when rmcp could not do its part.
pub(super) fn cut_off() -> Response<Body> {
    refusal(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL_ERROR, "Internal error: the call was cut off")
}

fn refusal(status: StatusCode, code: i32, message: &str) -> Response<Body> {
    refused(status, &unreadable::error(code, message, None))
}

fn refused(status: StatusCode, error: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(error.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An answer that is a stream; it counts as running to its end.
pub(super) fn streamed(
    response: Response<BoxBody<Bytes, Infallible>>,
    running: Option<TaskTrackerToken>,
) -> Response<Body> {
    response.map(|body| Body::stream(TrackedBody { body, _token: running }))
}

/// An answer in one piece.
pub(super) async fn whole(response: Response<BoxBody<Bytes, Infallible>>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let Ok(all) = body.collect().await;
    let bytes = all.to_bytes();
    if !bytes.is_empty() && !parts.headers.contains_key(header::CONTENT_TYPE) {
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    }
    Response::from_parts(parts, Body::Full(bytes))
}

/// A body that is known to be written until it is dropped.
struct TrackedBody {
    body: BoxBody<Bytes, Infallible>,
    _token: Option<TaskTrackerToken>,
}

impl http_body::Body for TrackedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
