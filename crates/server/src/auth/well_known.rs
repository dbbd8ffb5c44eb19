//! Where protected resource metadata is (RFC 9728).

use http::{header, request::Parts};

/// Where metadata is, in front of the path of the resource.
pub(crate) const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// A URL of the host the request names.
pub(super) fn at_host(parts: &Parts, path: &str) -> String {
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| parts.uri.authority().map(http::uri::Authority::as_str)).unwrap_or("localhost");
    format!("http://{host}{path}")
}
