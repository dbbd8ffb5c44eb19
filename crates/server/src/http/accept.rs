//! What a caller says it reads.

use http::{HeaderMap, header};

/// The media ranges a caller names, in its order, without parameters and in lower case.
pub(crate) fn accepted(headers: &HeaderMap) -> impl Iterator<Item = String> {
    let given = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    given.flat_map(|list| list.split(',')).map(essence)
}

/// A media type without parameters, in lower case.
pub(crate) fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a media type is JSON, or JSON with a meaning.
pub(crate) fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    essence == "application/json" || essence.ends_with("+json")
}
