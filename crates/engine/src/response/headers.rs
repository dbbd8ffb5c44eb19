//! Which headers of an upstream's response are passed on to the caller, and when it wants to be asked again.

use std::{
    borrow::Cow,
    time::{Duration, UNIX_EPOCH},
};

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::base::{patterns::MASKED, secrets::Secrets};

/// The headers of a response that are passed on, without our secrets in addresses. Content headers describe bytes: they go only
/// where the bytes go unchanged.
pub(crate) fn passed_on(headers: &HeaderMap, unchanged: bool, secrets: &Secrets) -> HeaderMap {
    let mut out = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        if is_passed_on(name, unchanged) {
            let value = if is_address(name) { without(value, secrets) } else { value.clone() };
            out.append(name.clone(), value);
        }
    }
    out
}

/// The headers of an error that is passed on: any of them may repeat what was sent.
pub(crate) fn of_error(headers: &HeaderMap, secrets: &Secrets) -> HeaderMap {
    let mut out = passed_on(headers, true, secrets);
    for value in out.values_mut() {
        *value = without(value, secrets);
    }
    out
}

/// How long an upstream wants to be left alone: seconds, or a date.
pub(crate) fn retry_after(headers: &HeaderMap, now_ms: u64) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(at.saturating_sub(Duration::from_millis(now_ms)))
}

/// Whether an upstream writes addresses there, which repeat the query it was asked with.
fn is_address(name: &HeaderName) -> bool {
    matches!(*name, header::LINK | header::LOCATION | header::CONTENT_LOCATION)
}

fn without(value: &HeaderValue, secrets: &Secrets) -> HeaderValue {
    match secrets.hide_bytes(value.as_bytes()) {
        Cow::Borrowed(_) => value.clone(),
        Cow::Owned(hidden) => HeaderValue::from_bytes(&hidden).unwrap_or(HeaderValue::from_static(MASKED)),
    }
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
