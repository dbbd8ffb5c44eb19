//! What REST exposures say of themselves: their OpenAPI document, at a path where none of their own routes answers. Whoever may call
//! one of them may read what it takes.

use bytes::Bytes;
use http::{HeaderValue, Method, Response, header, request::Parts};

use super::respond::method_not_allowed;
use crate::{capability::exposed::Exposed, http::body::Body, openapi, routing::routes::Routes, shared::Shared};

/// Where the document is.
const DOCUMENT: &str = "/openapi.json";

/// What making a document costs, as turns at work count it: never nothing.
const COST: usize = usize::MAX;

/// The answer at a path of ours; nothing at any other, and where the caller may see none of the exposures.
pub(super) async fn answer(routes: &Routes, path: &str, shared: &Shared, parts: &Parts) -> Option<Response<Body>> {
    if path != DOCUMENT || routes.members().is_empty() {
        return None;
    }
    let mut seen: Vec<Exposed> = Vec::new();
    for exposed in routes.members() {
        if exposed.admit(shared, parts).await.is_ok() {
            seen.push(exposed.clone());
        }
    }
    if seen.is_empty() {
        return None;
    }
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return Some(method_not_allowed(&parts.method, &[Method::GET, Method::HEAD]));
    }
    // Where their paths begin; on a port of their own that is where the document is.
    let mount = parts.uri.path().strip_suffix(path).filter(|mount| !mount.is_empty());
    let make = || Bytes::from(serde_json::to_vec(&openapi::document(&seen, mount)).unwrap_or_default());
    let is_all = seen.len() == routes.members().len();
    let bytes = shared.engine.turns().run(COST, || if is_all { routes.description(make) } else { make() }).await;
    let mut response = Response::new(Body::Full(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Some(response)
}
