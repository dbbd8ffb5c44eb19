//! Owns what is asked of media types: whether one is JSON, and how a body of it is made.

use capstan_plan::BodyKind;

pub(super) const JSON: &str = "application/json";
pub(super) const FORM: &str = "application/x-www-form-urlencoded";
pub(super) const MULTIPART: &str = "multipart/form-data";

/// Types below `application` that are text.
const TEXTS: &[&str] = &[
    "xml",
    "yaml",
    "x-yaml",
    "graphql",
    "javascript",
    "sql",
    "x-ndjson",
    "ndjson",
    "jsonl",
    "json-seq",
    "jwt",
    "toml",
];

/// Whether a media type is JSON.
pub(super) fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    essence.ends_with("/json") || essence.ends_with("+json")
}

/// How a body of a media type is made.
pub(crate) fn kind(media_type: &str) -> BodyKind {
    let essence = essence(media_type);
    let (family, name) = essence.split_once('/').unwrap_or((&essence, ""));
    match family {
        _ if is_json(&essence) => BodyKind::Json,
        _ if essence == FORM => BodyKind::Form,
        "multipart" => BodyKind::Multipart,
        "text" => BodyKind::Text,
        "application" if TEXTS.contains(&name) || name.ends_with("+xml") || name.ends_with("+yaml") => BodyKind::Text,
        _ => BodyKind::Binary,
    }
}

fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
