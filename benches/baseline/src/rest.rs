//! REST by hand: a proxy that streams, and a handler that parses an answer and picks twenty values out of it.

use axum::{
    Json, Router,
    body::Body,
    extract::{Request, State},
    response::Response,
};
use http::{HeaderMap, StatusCode, header};
use reqwest::Client;
use serde_json::{Map, Value};

#[derive(Clone)]
struct Upstream {
    client: Client,
    base: String,
}

/// Sends every request on and streams the answer.
pub(crate) fn pass_through(base: String) -> Router {
    Router::new().fallback(pass).with_state(Upstream { client: Client::new(), base })
}

async fn pass(State(upstream): State<Upstream>, request: Request) -> Result<Response, StatusCode> {
    let (parts, body) = request.into_parts();
    let url = format!("{}{}", upstream.base, parts.uri.path_and_query().map_or("/", |p| p.as_str()));
    let mut sent = upstream.client.request(parts.method.clone(), url);
    if let Some(kind) = parts.headers.get(header::CONTENT_TYPE) {
        sent = sent.header(header::CONTENT_TYPE, kind);
    }
    if parts.headers.contains_key(header::CONTENT_LENGTH) || parts.headers.contains_key(header::TRANSFER_ENCODING) {
        sent = sent.body(reqwest::Body::wrap_stream(body.into_data_stream()));
    }
    let answer = sent.send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let mut headers = HeaderMap::new();
    for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::ETAG, header::LAST_MODIFIED] {
        if let Some(value) = answer.headers().get(&name) {
            headers.insert(name, value.clone());
        }
    }
    let status = answer.status();
    let body: reqwest::Body = http::Response::from(answer).into_body();
    let mut response = Response::new(Body::new(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Parses what `/medium.json` answers and picks twenty values.
pub(crate) fn mapped(base: String) -> Router {
    let pointers = (0..20).map(|n| (format!("field{n}"), format!("/items/{n}/attributes/name"))).collect();
    Router::new().fallback(map).with_state((Upstream { client: Client::new(), base }, pointers))
}

type Mapping = Vec<(String, String)>;

async fn map(State((upstream, mapping)): State<(Upstream, Mapping)>) -> Result<Json<Value>, StatusCode> {
    let answer = upstream.client.get(format!("{}/medium.json", upstream.base)).send().await;
    let bytes = answer.map_err(|_| StatusCode::BAD_GATEWAY)?.bytes().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| StatusCode::BAD_GATEWAY)?;
    let mut out = Map::with_capacity(mapping.len());
    for (name, pointer) in &mapping {
        out.insert(name.clone(), value.pointer(pointer).cloned().unwrap_or_default());
    }
    Ok(Json(Value::Object(out)))
}
