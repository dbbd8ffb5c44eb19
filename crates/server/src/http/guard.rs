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
    /// Looks at Host, Origin and what else a browser says of where a request comes from.
    pub(crate) fn check<B>(&self, request: &Request<B>, loopback: bool) -> Verdict {
        let headers = request.headers();
        let host = match host(request) {
            Ok(host) => host,
            Err(why) => return Verdict::Answer(problem::plain(StatusCode::BAD_REQUEST, "bad-host", why)),
        };
        if loopback && !self.host_allowed(host.as_ref(), request.version()) {
            let name = host.map_or_else(|| "none".to_owned(), |host| host.to_string());
            let detail =
                format!("this listener answers to loopback names only, not to {name} (--allow-host widens that)");
            return Verdict::Answer(problem::plain(StatusCode::FORBIDDEN, "host-not-allowed", detail));
        }
        let Some(origin) = headers.get(header::ORIGIN) else { return self.without_origin(headers) };
        if host.as_ref().is_some_and(|host| is_own(origin, host)) {
            return Verdict::Pass;
        }
        if !self.origin_allowed(origin) {
            return elsewhere();
        }
        let preflight = *request.method() == Method::OPTIONS && headers.contains_key("access-control-request-method");
        if preflight { Verdict::Answer(allow(headers, origin)) } else { Verdict::Cors(origin.clone()) }
    }

    /// Images, forms and links of web pages come without an origin, but browsers say what they are.
    fn without_origin(&self, headers: &HeaderMap) -> Verdict {
        let says = |name: &str, what: &str| headers.get_all(name).iter().any(|value| value == what);
        // From another port of the same machine a person may follow a link.
        let refused = says("sec-fetch-site", "cross-site")
            || (says("sec-fetch-site", "same-site") && !says("sec-fetch-mode", "navigate"));
        if !refused || self.referrer(headers).is_some_and(|origin| self.origin_allowed(&origin)) {
            return Verdict::Pass;
        }
        elsewhere()
    }

    /// The origin of the page a request was made by.
    fn referrer(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let page = headers.get(header::REFERER).map_or(Ok(""), HeaderValue::to_str).ok()?;
        let (scheme, rest) = page.split_once("://").unwrap_or_default();
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        HeaderValue::from_str(&format!("{scheme}://{authority}")).ok()
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
    let exposed = "mcp-session-id, mcp-protocol-version, www-authenticate, x-request-id, retry-after, link, location, etag, allow, preference-applied";
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

fn elsewhere() -> Verdict {
    let detail = "requests of web pages from elsewhere are refused (--allow-origin names those that may call)";
    Verdict::Answer(problem::plain(StatusCode::FORBIDDEN, "origin-not-allowed", detail))
}

/// The host a request names, and with one voice (RFC 9112, 3.2); before HTTP/1.1 there may be none.
fn host<B>(request: &Request<B>) -> Result<Option<Authority>, &'static str> {
    let mut given = request.headers().get_all(header::HOST).iter();
    let header = given.next();
    if given.next().is_some() {
        return Err("a request names one host, not several");
    }
    let header = match header {
        Some(value) => Some(authority(value.as_bytes()).ok_or("the Host header is not HOST or HOST:PORT")?),
        None => None,
    };
    match (request.uri().authority(), header) {
        (None, None) if request.version() > Version::HTTP_10 => Err("the request names no host"),
        (None, header) => Ok(header),
        (Some(target), header) => {
            let target =
                authority(target.as_str().as_bytes()).ok_or("the request's target is not HOST or HOST:PORT")?;
            if header.is_some_and(|header| !header.as_str().eq_ignore_ascii_case(target.as_str())) {
                return Err("the request's target and its Host header name different hosts");
            }
            Ok(Some(target))
        }
    }
}

/// A host with or without port, and nothing else.
fn authority(text: &[u8]) -> Option<Authority> {
    let authority = Authority::try_from(text).ok()?;
    let rest = authority.as_str().strip_prefix(authority.host()).filter(|_| !authority.host().is_empty())?;
    let port = rest.strip_prefix(':');
    let is_fine = match port {
        None => rest.is_empty(),
        Some(port) => port.bytes().all(|b| b.is_ascii_digit()) && (port.is_empty() || port.parse::<u16>().is_ok()),
    };
    is_fine.then_some(authority)
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
