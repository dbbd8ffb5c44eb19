//! What an `Authorization` header carries, whatever the scheme.

use http::{header, request::Parts};

/// The credentials of an `Authorization` header of that scheme.
pub(super) fn credentials<'p>(parts: &'p Parts, scheme: &str) -> Option<&'p str> {
    let text = std::str::from_utf8(parts.headers.get(header::AUTHORIZATION)?.as_bytes()).ok()?;
    let (given, rest) = text.trim().split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}
