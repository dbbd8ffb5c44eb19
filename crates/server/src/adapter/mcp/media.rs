//! What bytes are, as far as MCP has a form for them. Knows media types and first bytes, nothing of protocols.

use std::borrow::Cow;

use capstan_engine::{decoded_text, is_foreign};

use crate::http::accept::essence;

/// What an answer is shown as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// JSON text.
    Json,
    /// Other text.
    Text,
    /// An image.
    Image,
    /// Sound.
    Audio,
    /// Anything else.
    Binary,
}

/// The media type without parameters, in lower case, and what it is shown as. Bytes nobody named are looked at.
pub(super) fn classify(content_type: Option<&str>, data: &[u8]) -> (Cow<'static, str>, Kind) {
    let named = content_type.map(essence).filter(|t| t.contains('/') && t != "application/octet-stream");
    if let Some(essence) = named {
        let kind = kind(&essence);
        return (essence.into(), kind);
    }
    if let Some(found) = sniff(data) {
        return (found.into(), kind(found));
    }
    let is_text = content_type.is_none() && !data.contains(&0) && std::str::from_utf8(data).is_ok();
    match data.trim_ascii_start().first() {
        Some(b'{' | b'[') if is_text => ("application/json".into(), Kind::Json),
        _ if is_text => ("text/plain".into(), Kind::Text),
        _ => ("application/octet-stream".into(), Kind::Binary),
    }
}

fn kind(essence: &str) -> Kind {
    let (top, sub) = essence.split_once('/').unwrap_or((essence, ""));
    match (top, sub) {
        (_, "json") => Kind::Json,
        (_, sub) if sub.ends_with("+json") => Kind::Json,
        ("image", _) => Kind::Image,
        ("audio", _) => Kind::Audio,
        ("text", _) => Kind::Text,
        (_, "xml" | "yaml" | "x-yaml" | "javascript" | "ecmascript" | "graphql" | "toml" | "sql" | "csv") => Kind::Text,
        (_, "x-www-form-urlencoded" | "x-ndjson" | "ndjson" | "jsonl" | "x-sh") => Kind::Text,
        (_, sub) if sub.ends_with("+xml") || sub.ends_with("+yaml") => Kind::Text,
        _ => Kind::Binary,
    }
}

/// What the first bytes give away.
fn sniff(data: &[u8]) -> Option<&'static str> {
    const MARKS: [(&[u8], &str); 9] = [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF8", "image/gif"),
        (b"ID3", "audio/mpeg"),
        (b"\xff\xfb", "audio/mpeg"),
        (b"OggS", "audio/ogg"),
        (b"fLaC", "audio/flac"),
        (b"%PDF-", "application/pdf"),
        (b"PK\x03\x04", "application/zip"),
    ];
    if let (Some(b"RIFF"), Some(form)) = (data.get(..4), data.get(8..12)) {
        match form {
            b"WEBP" => return Some("image/webp"),
            b"WAVE" => return Some("audio/wav"),
            _ => {}
        }
    }
    MARKS.iter().find_map(|(mark, found)| data.starts_with(mark).then_some(*found))
}

/// Bytes as text, in the charset their media type names.
pub(super) fn text(content_type: Option<&str>, data: Vec<u8>) -> String {
    if is_foreign(content_type) {
        return decoded_text(&data, content_type).into_owned();
    }
    match String::from_utf8(data) {
        Ok(text) => match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        },
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

#[cfg(test)]
mod tests;
