//! Protected resource metadata (RFC 9728): how a client finds out whom to ask for a token. Which resource a path means is asked
//! elsewhere.

use http::{HeaderValue, Response, header, request::Parts};
use serde_json::{Map, Value, json};

use super::{oauth2::Resource, well_known::at_host};
use crate::http::body::Body;

/// The metadata of a resource that is at `path`.
pub(crate) fn metadata(resource: &Resource, parts: &Parts, path: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(document(resource, parts, path).to_string()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn document(resource: &Resource, parts: &Parts, path: &str) -> Value {
    let name = resource.name().map_or_else(|| at_host(parts, path), str::to_owned);
    let mut document = Map::new();
    document.insert("resource".to_owned(), json!(name));
    document.insert("authorization_servers".to_owned(), json!([resource.issuer()]));
    let scopes: Vec<&str> = resource.scopes().filter(|scope| *scope != "offline_access").collect();
    if !scopes.is_empty() {
        document.insert("scopes_supported".to_owned(), json!(scopes));
    }
    document.insert("bearer_methods_supported".to_owned(), json!(["header"]));
    Value::Object(document)
}
