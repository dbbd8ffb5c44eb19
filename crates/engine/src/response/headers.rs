//! Which headers of an upstream's response are passed on to the caller.

use http::{HeaderMap, HeaderName, header};

/// The headers of a response that are passed on. Content headers describe bytes: they go only where the bytes go unchanged.
pub(crate) fn passed_on(headers: &HeaderMap, unchanged: bool) -> HeaderMap {
    let mut out = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        if is_passed_on(name, unchanged) {
            out.append(name.clone(), value.clone());
        }
    }
    out
}

fn is_passed_on(name: &HeaderName, unchanged: bool) -> bool {
    match *name {
        header::CONTENT_TYPE | header::CONTENT_LENGTH | header::CONTENT_ENCODING => return unchanged,
        header::ETAG
        | header::LAST_MODIFIED
        | header::CACHE_CONTROL
        | header::RETRY_AFTER
        | header::LINK
        | header::LOCATION => return true,
        header::SET_COOKIE | header::DATE | header::SERVER | header::CONNECTION => return false,
        _ => {}
    }
    let name = name.as_str();
    if let Some(rest) = name.strip_prefix("content-") {
        // Policies of the upstream's own pages are not about ours.
        return unchanged && !rest.starts_with("security-policy");
    }
    name.starts_with("x-ratelimit")
        || name.starts_with("ratelimit")
        || name.starts_with("x-rate-limit")
        || matches!(
            name,
            "x-request-id"
                | "request-id"
                | "x-correlation-id"
                | "correlation-id"
                | "x-trace-id"
                | "x-amzn-requestid"
                | "x-amz-request-id"
                | "x-github-request-id"
                | "cf-ray"
                | "x-ms-request-id"
        )
}
