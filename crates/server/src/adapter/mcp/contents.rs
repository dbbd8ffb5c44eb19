//! What a resource holds, in the form MCP has for it. No secret is shown.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use capstan_engine::{Collected, CollectedBody, Mask};
use rmcp::{ErrorData, model::ResourceContents};
use serde_json::json;

use super::{media, result};

/// An answer as the content of a resource; `stated` is the media type its author states.
pub(super) fn contents(
    mask: &Mask,
    stated: Option<&str>,
    answer: Collected,
    at: &str,
) -> Result<ResourceContents, ErrorData> {
    let content_type = answer.media_type().map(str::to_owned);
    if !answer.status.is_success() {
        let body = match &answer.body {
            CollectedBody::Empty => String::new(),
            CollectedBody::Json(value) => value.to_string(),
            CollectedBody::Bytes(bytes) => result::message(content_type.as_deref(), bytes),
        };
        let text = format!("The upstream answered {}{}", result::status_line(answer.status), result::described(&body));
        let text = mask.apply(&text).into_owned();
        let data = Some(json!({ "uri": at, "status": answer.status.as_u16() }));
        return Err(match answer.status {
            http::StatusCode::NOT_FOUND | http::StatusCode::GONE => ErrorData::resource_not_found(text, data),
            _ => ErrorData::internal_error(text, data),
        });
    }
    let stated = stated.map(str::to_owned);
    let secrets = mask.secrets();
    Ok(match answer.body {
        CollectedBody::Empty => ResourceContents::text("", at).with_mime_type(stated.unwrap_or("text/plain".into())),
        CollectedBody::Json(value) => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            ResourceContents::text(secrets.hide(&text), at).with_mime_type(stated.unwrap_or("application/json".into()))
        }
        CollectedBody::Bytes(bytes) => {
            let bytes = secrets.hide_bytes(&bytes).into_owned();
            shown(stated.or(content_type).as_deref(), bytes, at)
        }
    })
}

/// Text as text, everything else as a blob.
pub(super) fn shown(content_type: Option<&str>, data: Vec<u8>, at: &str) -> ResourceContents {
    let (essence, kind) = media::classify(content_type, &data);
    match kind {
        media::Kind::Json | media::Kind::Text => {
            ResourceContents::text(media::text(content_type, data), at).with_mime_type(essence)
        }
        _ => ResourceContents::blob(BASE64_STANDARD.encode(data), at).with_mime_type(essence),
    }
}
