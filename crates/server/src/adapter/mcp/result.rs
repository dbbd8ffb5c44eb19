//! The one place where an answer becomes the result of a tool call.

use std::borrow::Cow;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use capstan_engine::{Collected, CollectedBody, Mask, Promise, Secrets, SystemHost, is_foreign, random_uuid};
use capstan_plan::Tool;
use http::{StatusCode, header};
use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};
use serde_json::{Number, Value};

use super::{
    media::{self, Kind},
    structured,
};

/// The most bytes of an upstream's error message that are shown.
const ERROR_TEXT: usize = 4 << 10;

/// The result for an answer: what it is as content, and in structured form where it is an object or the tool promises one. Anything
/// but a success that can be read is an error, and no secret is shown.
pub(super) fn result(
    answer: Collected,
    tool: &Tool,
    promise: Option<&Promise>,
    namespace: &str,
    mask: &Mask,
) -> CallToolResult {
    if !answer.status.is_success() {
        return error(&answer, mask);
    }
    let content_type = answer.media_type().map(str::to_owned);
    let of = |content: Vec<ContentBlock>, value: Value| structured(content, value, tool, promise);
    match answer.body {
        CollectedBody::Json(value) => {
            let (text, value) = shown(spelt(&value), value, mask.secrets());
            of(vec![ContentBlock::text(text)], value)
        }
        CollectedBody::Bytes(bytes) if !bytes.is_empty() => {
            let (essence, kind) = media::classify(content_type.as_deref(), &bytes);
            match kind {
                Kind::Json => {
                    match readable(content_type.as_deref(), bytes.into()) {
                        Ok((text, value)) => {
                            let (text, value) = shown(text, value, mask.secrets());
                            of(vec![ContentBlock::text(text)], value)
                        }
                        // Only called so, because it begins like JSON.
                        Err((text, _)) if content_type.is_none() => {
                            let text = mask.secrets().hide(&text).into_owned();
                            of(vec![ContentBlock::text(text.clone())], text.into())
                        }
                        Err((text, why)) => unreadable(&why, &text, mask),
                    }
                }
                Kind::Text => {
                    let text = media::text(content_type.as_deref(), bytes.into());
                    let text = mask.secrets().hide(&text).into_owned();
                    match tool.output_schema {
                        Some(_) => of(vec![ContentBlock::text(text.clone())], text.into()),
                        None => CallToolResult::success(vec![ContentBlock::text(text)]),
                    }
                }
                Kind::Image => of(vec![ContentBlock::image(BASE64_STANDARD.encode(&bytes), essence)], Value::Null),
                Kind::Audio => of(vec![ContentBlock::audio(BASE64_STANDARD.encode(&bytes), essence)], Value::Null),
                Kind::Binary => {
                    let uri =
                        format!("capstan://transient/{namespace}/{}/{}", tool.unit.name, random_uuid(&SystemHost));
                    let blob = ResourceContents::blob(BASE64_STANDARD.encode(&bytes), uri).with_mime_type(essence);
                    of(vec![ContentBlock::resource(blob)], Value::Null)
                }
            }
        }
        CollectedBody::Empty | CollectedBody::Bytes(_) => of(Vec::new(), Value::Null),
    }
}

/// JSON as text and as value, in the charset it says it is in. Where it says none, bytes of it may not be other than text.
fn readable(content_type: Option<&str>, bytes: Vec<u8>) -> Result<(String, Value), (String, serde_json::Error)> {
    if is_foreign(content_type) {
        let text = media::text(content_type, bytes);
        return match serde_json::from_str(&text) {
            Ok(value) => Ok((text, value)),
            Err(why) => Err((text, why)),
        };
    }
    let value = serde_json::from_slice(&bytes);
    let text = media::text(content_type, bytes);
    let again = |error| match text.contains(char::REPLACEMENT_CHARACTER) {
        true => Err(error),
        false => serde_json::from_str(&text).map_err(|_| error),
    };
    match value.or_else(again) {
        Ok(value) => Ok((text, value)),
        Err(why) => Err((text, why)),
    }
}

/// An answer that claims to be JSON and is not: nobody can tell whether it is whole.
fn unreadable(why: &serde_json::Error, text: &str, mask: &Mask) -> CallToolResult {
    let text = format!("The upstream's response cannot be read: it claims to be JSON, but {why}{}", described(text));
    CallToolResult::error(vec![ContentBlock::text(mask.apply(&text))])
}

/// JSON, as text and as value, without secrets.
fn shown(text: String, value: Value, secrets: &Secrets) -> (String, Value) {
    match secrets.hide(&text) {
        Cow::Borrowed(_) => (text, value),
        Cow::Owned(hidden) => (hidden, secrets.hide_json(value, digits)),
    }
}

/// JSON as text. A bare string reads best without quotes.
fn spelt(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// A result with the structured form of `value` beside its content.
fn structured(mut content: Vec<ContentBlock>, value: Value, tool: &Tool, promise: Option<&Promise>) -> CallToolResult {
    let form = structured::content(tool, promise, value);
    if let Some(broken) = form.broken {
        let origin = &tool.unit.origin;
        let text = format!(
            "The answer above is not what this tool promises: {broken}.\nOther arguments will hardly help; the promise is the `outputSchema` at {}:{}.",
            origin.file, origin.line
        );
        content.push(ContentBlock::text(text));
        return CallToolResult::error(content);
    }
    content.extend(form.remark.map(ContentBlock::text));
    let mut result = CallToolResult::success(content);
    result.structured_content = form.value;
    result
}

/// A number, unless it is a secret.
fn digits(secrets: &Secrets, number: Number) -> Value {
    match secrets.hide(&number.to_string()) {
        Cow::Borrowed(_) => Value::Number(number),
        Cow::Owned(hidden) => Value::String(hidden),
    }
}

/// An error of the upstream: text only, so that nothing checks it against an output schema.
fn error(answer: &Collected, mask: &Mask) -> CallToolResult {
    let retry_after = answer.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let body = match &answer.body {
        CollectedBody::Empty => String::new(),
        CollectedBody::Json(value) => value.to_string(),
        CollectedBody::Bytes(bytes) => message(answer.media_type(), bytes),
    };
    let by = if answer.from_upstream_error || !answer.status.is_client_error() && !answer.status.is_server_error() {
        "The upstream answered"
    } else {
        "The answer is"
    };
    let location = answer.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
    let to = location.map_or_else(String::new, |to| format!(" (to {to}, which is not followed)"));
    failure(format!("{by} {}{to}{}", status_line(answer.status), described(&body)), answer.status, retry_after, mask)
}

/// An upstream's error message, as far as it can be read.
pub(super) fn message(content_type: Option<&str>, bytes: &[u8]) -> String {
    match media::classify(content_type, bytes).1 {
        Kind::Json | Kind::Text => media::text(content_type, bytes.to_vec()),
        Kind::Image | Kind::Audio | Kind::Binary => format!("({} bytes that are not text)", bytes.len()),
    }
}

/// `422 Unprocessable Entity`.
pub(super) fn status_line(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

/// `: message`, bounded.
pub(super) fn described(message: &str) -> String {
    let message = message.trim();
    if message.is_empty() {
        return ".".to_owned();
    }
    let end = message.floor_char_boundary(ERROR_TEXT);
    match message.get(..end) {
        Some(part) if part.len() < message.len() => format!(": {part} [... {} bytes more]", message.len() - end),
        _ => format!(": {message}"),
    }
}

/// An error result, with a word on whether trying again may help.
pub(super) fn failure(text: String, status: StatusCode, retry_after: Option<&str>, mask: &Mask) -> CallToolResult {
    let mut text = mask.apply(&text).into_owned();
    match (retry_after, status) {
        (Some(after), _) => {
            let unit = if after.bytes().all(|b| b.is_ascii_digit()) { " seconds" } else { "" };
            text.push_str(&format!("\nTry again after {after}{unit}."));
        }
        (None, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT) => text.push_str("\nTry again later."),
        (None, status) if status.is_server_error() => text.push_str("\nTrying again later may help."),
        _ => {}
    }
    CallToolResult::error(vec![ContentBlock::text(text)])
}

#[cfg(test)]
mod tests;
