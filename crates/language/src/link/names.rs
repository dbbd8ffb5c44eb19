//! How names are compared: exactly, then by `norm` when exactly one candidate remains (rule NAME-NORM), and the adapter words
//! that stand for "the caller".

/// The words the wild dialect puts in front of a caller's input, beside the adapter's own namespace.
pub(super) const KIND_ROOTS: &[&str] = &["rest", "tools", "tool", "mcp", "api", "input", "inputs", "args", "params"];

/// The words after a root that restrict where an input is taken from (rule I2).
pub(super) const LOCATIONS: &[(&str, Location)] = &[
    ("path", Location::Path),
    ("query", Location::Query),
    ("header", Location::Header),
    ("headers", Location::Header),
    ("body", Location::Body),
    ("cookie", Location::Cookie),
];

/// A place in the caller's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Location {
    Path,
    Query,
    Header,
    Body,
    Cookie,
}

/// Lower case, letters and digits only.
pub(super) fn norm(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The only candidate whose norm equals that of `name`.
pub(super) fn only_norm<'n, T>(name: &str, candidates: impl Iterator<Item = (T, &'n str)>) -> Option<T> {
    let wanted = norm(name);
    if wanted.is_empty() {
        return None;
    }
    let mut found = candidates.filter(|(_, candidate)| norm(candidate) == wanted);
    let first = found.next()?;
    found.next().is_none().then_some(first.0)
}

/// Header names a caller never fills by accident: HTTP's own (rule I4).
pub(super) fn is_registered_header(name: &str) -> bool {
    const REGISTERED: &[&str] = &[
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "age",
        "allow",
        "authorization",
        "cache-control",
        "connection",
        "content-encoding",
        "content-language",
        "content-length",
        "content-location",
        "content-range",
        "content-type",
        "cookie",
        "date",
        "etag",
        "expect",
        "expires",
        "forwarded",
        "from",
        "host",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "last-modified",
        "link",
        "location",
        "max-forwards",
        "origin",
        "pragma",
        "prefer",
        "proxy-authorization",
        "range",
        "referer",
        "retry-after",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "vary",
        "via",
        "warning",
    ];
    REGISTERED.contains(&name.to_ascii_lowercase().as_str())
}

/// A declared User-Agent is the caller's own, as on every hop: the API asks who calls it.
pub(super) fn is_user_agent(name: &str) -> bool {
    name.eq_ignore_ascii_case("user-agent")
}

/// Header names filled through `with` only (rule HEADER-SENSITIVE).
pub(super) fn is_sensitive_header(name: &str) -> bool {
    ["authorization", "cookie", "host", "content-length", "proxy-authorization"]
        .contains(&name.to_ascii_lowercase().as_str())
}
