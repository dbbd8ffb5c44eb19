//! The layer around rmcp's HTTP service: clients that accept anything, JSON for those that name no stream, JSON-RPC errors
//! where rmcp answers with text, and knowing which answers are still being written.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited, combinators::BoxBody};
use serde_json::{Value, json};
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::{McpEndpoint, media, sessions};
use crate::{
    capability::instance::Capability,
    http::body::{Body, BodyError},
};

const PARSE_ERROR: i32 = -32700;
const INVALID_REQUEST: i32 = -32600;
const INTERNAL_ERROR: i32 = -32603;

impl McpEndpoint {
    /// Answers a request, whatever its method and path. `capability` is the one of the snapshot its listener took.
    pub async fn answer<B>(&self, request: Request<B>, capability: Arc<Capability>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BodyError>,
    {
        let running = self.running.token();
        let (mut parts, body) = request.into_parts();
        let may_stream = names_stream(&parts.headers);
        accept(&mut parts.headers, &parts.method);
        parts.extensions.insert(capability);
        let is_post = parts.method == Method::POST;
        let mut bytes = Bytes::new();
        if is_post {
            bytes = match Limited::new(body, self.limits.body).collect().await {
                Ok(collected) => collected.to_bytes(),
                Err(error) if error.is::<LengthLimitError>() => {
                    let message = format!("Invalid Request: the body has more than {} bytes", self.limits.body);
                    return refusal(StatusCode::PAYLOAD_TOO_LARGE, INVALID_REQUEST, &message, None);
                }
                Err(_) => {
                    let message = "Parse error: the body did not arrive";
                    return refusal(StatusCode::BAD_REQUEST, PARSE_ERROR, message, None);
                }
            };
        }
        let is_json = is_json(&parts.headers);
        let request = Request::from_parts(parts, Full::new(bytes.clone()));
        let response = self.service.handle(request).await;
        match response.status() {
            StatusCode::UNSUPPORTED_MEDIA_TYPE if is_post && is_json => unreadable(&bytes),
            StatusCode::INTERNAL_SERVER_ERROR if !is_json_answer(&response) => failed(response).await,
            _ if is_post && !may_stream && is_stream(&response) && !subscribes(&bytes) => single(response).await,
            _ => written(response, is_post.then_some(running)).await,
        }
    }
}

/// Clients that accept anything accept what MCP has; rmcp wants to see it named.
fn accept(headers: &mut HeaderMap, method: &Method) {
    let mut given = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    let anything = |list: &str| list.split(',').any(|range| media::essence(range) == "*/*");
    if given.peek().is_some() && !given.any(anything) {
        return;
    }
    let both = if *method == Method::GET { "text/event-stream" } else { "application/json, text/event-stream" };
    headers.insert(header::ACCEPT, HeaderValue::from_static(both));
}

/// Whether the client says that it reads streams.
fn names_stream(headers: &HeaderMap) -> bool {
    let given = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    given.flat_map(|list| list.split(',')).any(|range| media::essence(range) == "text/event-stream")
}

/// Whether the message asks for notifications: its answer is a stream, or nothing.
fn subscribes(bytes: &[u8]) -> bool {
    let message = serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    message.get("method").is_some_and(|method| method == "subscriptions/listen")
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.is_some_and(|value| media::essence(value) == "application/json")
}

fn is_json_answer(response: &Response<BoxBody<Bytes, Infallible>>) -> bool {
    is_json(response.headers())
}

fn is_stream(response: &Response<BoxBody<Bytes, Infallible>>) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == "text/event-stream")
}

/// The message of a stream that answers the request, on its own.
async fn single(response: Response<BoxBody<Bytes, Infallible>>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let Ok(all) = body.collect().await;
    let bytes = all.to_bytes();
    let answers = |message: &Value| message.get("result").is_some() || message.get("error").is_some();
    let messages = bytes.split(|byte| *byte == b'\n').filter_map(|line| line.strip_prefix(b"data:"));
    let Some(message) = messages.filter_map(|data| serde_json::from_slice(data).ok()).find(answers) else {
        return refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            INTERNAL_ERROR,
            "Internal error: the call was cut off",
            None,
        );
    };
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Response::from_parts(parts, Body::from(message.to_string()))
}

/// The answer to a body that is no JSON-RPC message.
fn unreadable(bytes: &[u8]) -> Response<Body> {
    match serde_json::from_slice::<Value>(bytes) {
        Err(error) => {
            let message =
                if bytes.is_empty() { "Parse error: empty body".into() } else { format!("Parse error: {error}") };
            refusal(StatusCode::BAD_REQUEST, PARSE_ERROR, &message, None)
        }
        Ok(Value::Array(_)) => {
            let message = "Parse error: batches are not taken; send one message per request";
            refusal(StatusCode::BAD_REQUEST, PARSE_ERROR, message, None)
        }
        Ok(value) => {
            let id = value.get("id").filter(|id| id.is_string() || id.is_number()).cloned();
            let message = "Invalid Request: this is no JSON-RPC 2.0 message";
            refusal(StatusCode::BAD_REQUEST, INVALID_REQUEST, message, id)
        }
    }
}

/// The answer when rmcp could not do its part.
async fn failed(response: Response<BoxBody<Bytes, Infallible>>) -> Response<Body> {
    let Ok(text) = response.into_body().collect().await;
    let text = text.to_bytes();
    if String::from_utf8_lossy(&text).contains(sessions::FULL) {
        let mut response = refusal(StatusCode::SERVICE_UNAVAILABLE, INTERNAL_ERROR, sessions::FULL, None);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
        return response;
    }
    refusal(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL_ERROR, "Internal error: the call was cut off", None)
}

fn refusal(status: StatusCode, code: i32, message: &str, id: Option<Value>) -> Response<Body> {
    let error = json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } });
    let mut response = Response::new(Body::from(error.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The answer as the listener writes it. A stream counts as running to its end.
async fn written(response: Response<BoxBody<Bytes, Infallible>>, running: Option<TaskTrackerToken>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    if parts.headers.get(header::CONTENT_TYPE).is_some_and(|value| value == "text/event-stream") {
        return Response::from_parts(parts, Body::stream(Running { body, _token: running }));
    }
    let Ok(all) = body.collect().await;
    let bytes = all.to_bytes();
    if !bytes.is_empty() && !parts.headers.contains_key(header::CONTENT_TYPE) {
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    }
    Response::from_parts(parts, Body::Full(bytes))
}

/// A body that is known to be written until it is dropped.
struct Running {
    body: BoxBody<Bytes, Infallible>,
    _token: Option<TaskTrackerToken>,
}

impl http_body::Body for Running {
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
