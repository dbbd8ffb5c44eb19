//! Who may call from where: Host names a loopback listener answers to, and browsers' origins.

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version, header, uri::Authority};

use crate::http::{body::Body, problem};

/// What the operator allows beyond the defaults.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// Host names a loopback listener answers to besides loopback names, with or without port; `*` for all.
    pub hosts: Vec<String>,
    /// Origins that may call besides the request's own; `*` for all.
    pub origins: Vec<String>,
}

/// What a request may do.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Be answered.
    Pass,
    /// Be answered, with CORS headers for this origin.
    Cors(HeaderValue),
    /// Get this answer instead.
    Answer(Response<Body>),
}

impl Guard {
    /// Looks at Host and Origin.
    pub(crate) fn check<B>(&self, request: &Request<B>, loopback: bool) -> Verdict {
        let headers = request.headers();
        let host = host(request);
        if loopback && !self.host_allowed(host.as_ref(), request.version()) {
            let name = host.map_or_else(|| "none".to_owned(), |host| host.to_string());
            let detail =
                format!("this listener answers to loopback names only, not to {name} (--allow-host widens that)");
            return Verdict::Answer(problem::plain(StatusCode::FORBIDDEN, "host-not-allowed", detail));
        }
        let Some(origin) = headers.get(header::ORIGIN) else { return Verdict::Pass };
        if host.as_ref().is_some_and(|host| is_own(origin, host)) {
            return Verdict::Pass;
        }
        if !self.origin_allowed(origin) {
            let detail = "requests of web pages from elsewhere are refused (--allow-origin names those that may call)";
            return Verdict::Answer(problem::plain(StatusCode::FORBIDDEN, "origin-not-allowed", detail));
        }
        let preflight = *request.method() == Method::OPTIONS && headers.contains_key("access-control-request-method");
        if preflight { Verdict::Answer(allow(headers, origin)) } else { Verdict::Cors(origin.clone()) }
    }

    fn host_allowed(&self, host: Option<&Authority>, version: Version) -> bool {
        let Some(host) = host else { return version <= Version::HTTP_10 };
        let name = host.host();
        is_loopback(name)
            || self.hosts.iter().any(|allowed| {
                allowed == "*" || allowed.eq_ignore_ascii_case(name) || allowed.eq_ignore_ascii_case(host.as_str())
            })
    }

    fn origin_allowed(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str() else { return false };
        self.origins.iter().any(|allowed| allowed == "*" || allowed.trim_end_matches('/').eq_ignore_ascii_case(origin))
    }
}

/// Adds the headers a browser wants to see in an answer.
pub(crate) fn decorate(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    let exposed = "mcp-session-id, mcp-protocol-version, www-authenticate, x-request-id, retry-after, link, location, etag, allow";
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(exposed));
}

/// The answer to a preflight request.
fn allow(asked: &HeaderMap, origin: &HeaderValue) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    decorate(headers, origin.clone());
    let methods = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    if let Some(names) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

/// The authority a request names.
fn host<B>(request: &Request<B>) -> Option<Authority> {
    match request.headers().get(header::HOST) {
        Some(host) => Authority::try_from(host.as_bytes()).ok(),
        None => request.uri().authority().cloned(),
    }
}

/// Whether a browser's origin is the server it talks to.
fn is_own(origin: &HeaderValue, host: &Authority) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    let Some((scheme, rest)) = origin.split_once("://") else { return false };
    let Ok(origin) = rest.parse::<Authority>() else { return false };
    let default = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return false,
    };
    let port = |authority: &Authority| authority.port_u16().unwrap_or(default);
    origin.host().eq_ignore_ascii_case(host.host()) && port(&origin) == port(host)
}

/// Whether a host name can only mean this machine.
#[must_use]
pub fn is_loopback(name: &str) -> bool {
    let name = name.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    match name.parse::<std::net::IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests;
