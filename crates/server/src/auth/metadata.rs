//! Protected resource metadata (RFC 9728): how a client finds out whom to ask for a token. Open to everyone.

use std::{iter, sync::Arc};

use http::{HeaderValue, Method, Response, StatusCode, header, request::Parts};
use serde_json::{Map, Value, json};

use super::{Gate, oauth2::Resource};
use crate::{
    http::{body::Body, problem},
    publication::table::{AdapterRef, Table},
};

/// Where metadata is, in front of the path of the resource.
pub(crate) const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The metadata a request below [`WELL_KNOWN`] asks for; nothing when no exposure here has any.
pub(crate) fn metadata(table: &Table, parts: &Parts) -> Option<Response<Body>> {
    let path = parts.uri.path().strip_prefix(WELL_KNOWN).filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
    let path = path.trim_end_matches('/');
    let guarded: Vec<AdapterRef> =
        adapters(table).into_iter().filter(|a| matches!(a.gate(), Some(Gate::OAuth2(_)))).collect();
    let resource = |adapter: &AdapterRef| match adapter.gate() {
        Some(Gate::OAuth2(resource)) => Some(resource.path() == Some(path)),
        _ => None,
    };
    // The path of the public URL, else the path on this listener, else the root form for whoever is the only choice.
    let adapter = guarded
        .iter()
        .find(|adapter| resource(adapter) == Some(true))
        .cloned()
        .or_else(|| here(table, path).filter(|a| matches!(a.gate(), Some(Gate::OAuth2(_)))))
        .or_else(|| guarded.first().filter(|_| path.is_empty()).cloned())?;
    let Some(Gate::OAuth2(resource)) = adapter.gate() else { return None };
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        let detail = "metadata is read with GET";
        let mut response = problem::plain(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Some(response);
    }
    let mut response = Response::new(Body::from(document(resource, parts, path).to_string()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Some(response)
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

/// A URL of the host the request names.
pub(super) fn at_host(parts: &Parts, path: &str) -> String {
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| parts.uri.authority().map(http::uri::Authority::as_str)).unwrap_or("localhost");
    format!("http://{host}{path}")
}

/// Every adapter of a listener.
fn adapters(table: &Table) -> Vec<AdapterRef> {
    match table {
        Table::Port(port) => port.adapters().collect(),
        Table::Gateway(gateway) => gateway
            .mounts()
            .flat_map(|mount| (0..mount.capability.exposures().count()).zip(iter::repeat(&mount.capability)))
            .map(|(index, capability)| AdapterRef { capability: Arc::clone(capability), index })
            .collect(),
        Table::Control => Vec::new(),
    }
}

/// The adapter that answers at a path.
fn here(table: &Table, path: &str) -> Option<AdapterRef> {
    match table {
        Table::Port(port) => port.adapter_at(path),
        Table::Gateway(gateway) => gateway.place(path).adapter(),
        Table::Control => None,
    }
}
