//! The body of a REST request: its encoding undone, and read as the fields inputs are taken from. What cannot be read is
//! refused, never taken for an empty body. Knows nothing of inputs.

use std::borrow::Cow;

use bytes::Bytes;
use capstan_engine::{ACCEPTED_ENCODINGS, EncodingError, Fault, Overload};
use http::{HeaderValue, Response, StatusCode, header, request::Parts};
use percent_encoding::percent_decode;
use serde_json::{Map, Value as Json};

use crate::{
    http::{body::Body, decoding, problem},
    shared::Shared,
};

/// What a caller is told whose body nobody can keep.
pub(super) const NO_ROOM: &str = "too many bytes of other requests wait in memory";

/// Undoes the encoding of a body.
pub(super) async fn decoded(parts: &mut Parts, body: Bytes, shared: &Shared) -> Result<Bytes, Response<Body>> {
    let engine = &shared.engine;
    let decoded = decoding::decoded(parts, body, shared.limits.body, engine.buffers(), engine.turns()).await;
    decoded.map_err(|error| match error {
        EncodingError::TooLarge(limit) => {
            let detail = format!("a request body may have {limit} bytes, and this one has more once it is decoded");
            problem::plain(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", detail)
        }
        EncodingError::NoRoom => problem::of_fault(&Fault::overload(Overload::Buffers, NO_ROOM), &[], |_| None),
        EncodingError::Broken(why) => {
            let detail = format!("the request body cannot be decoded: {why}; send what Content-Encoding says");
            problem::plain(StatusCode::BAD_REQUEST, "body-unreadable", detail)
        }
        EncodingError::Unknown(_) | EncodingError::TooMany(_) => {
            let detail = format!("the request body cannot be decoded: {error}; send {ACCEPTED_ENCODINGS}, or none");
            let mut response = problem::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-encoding", detail);
            response.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED_ENCODINGS));
            response
        }
    })
}

/// The answer to a path or query with bytes that are no text: values of it would be others than those that were sent.
pub(super) fn no_text(path: &str, query: Option<&str>) -> Option<Response<Body>> {
    let is_text = |part: &str| !part.contains('%') || percent_decode(part.as_bytes()).decode_utf8().is_ok();
    let place = match (is_text(path), query.is_none_or(is_text)) {
        (true, true) => return None,
        (false, _) => "path",
        (true, false) => "query",
    };
    let detail = format!("the {place} has bytes that are not UTF-8 once they are decoded; encode text as UTF-8");
    Some(problem::plain(StatusCode::BAD_REQUEST, "not-utf-8", detail))
}

/// Why a body holds no fields.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It says it is JSON, or says nothing, and is none.
    Json(String),
    /// It is JSON in a charset JSON does not have.
    Charset(String),
    /// It is a form with bytes that are no text.
    Form,
    /// It is of a kind that has no fields.
    Kind(String),
}

/// The fields of a body: JSON, or a form as an object. Anything that parses as JSON is JSON, whatever it is called.
pub(super) fn fields(content_type: Option<&str>, body: &[u8]) -> Result<Option<Json>, Unreadable> {
    if body.trim_ascii().is_empty() {
        return Ok(None);
    }
    let kind = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = kind.is_empty() || kind.ends_with("/json") || kind.ends_with("+json");
    if kind == "application/x-www-form-urlencoded" {
        return match serde_json::from_slice(body) {
            // `curl -d '{...}'` claims a form.
            Ok(value @ Json::Object(_)) => Ok(Some(value)),
            _ => form(body).map(Some),
        };
    }
    if is_json && let Some(charset) = content_type.and_then(foreign_charset) {
        return Err(Unreadable::Charset(charset));
    }
    let text = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    serde_json::from_slice(text).map(Some).map_err(|error| match is_json {
        true => Unreadable::Json(error.to_string()),
        false => Unreadable::Kind(kind),
    })
}

fn form(body: &[u8]) -> Result<Json, Unreadable> {
    let is_text = |part: &[u8]| percent_decode(part).decode_utf8().is_ok();
    if !body.split(|byte| matches!(byte, b'&' | b'=')).all(is_text) {
        return Err(Unreadable::Form);
    }
    Ok(grouped(url::form_urlencoded::parse(body)))
}

/// Pairs as an object; a name that comes several times has a list.
pub(super) fn grouped<'a>(pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Json {
    let mut out = Map::new();
    for (key, value) in pairs {
        let value = Json::from(value.into_owned());
        match out.get_mut(&*key) {
            None => {
                out.insert(key.into_owned(), value);
            }
            Some(Json::Array(list)) => list.push(value),
            Some(single) => *single = Json::Array(vec![single.take(), value]),
        }
    }
    Json::Object(out)
}

/// A charset other than JSON's own.
fn foreign_charset(content_type: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"').to_ascii_lowercase();
        let own = matches!(&*value, "" | "utf-8" | "utf8" | "us-ascii" | "ascii");
        (name.trim().eq_ignore_ascii_case("charset") && !own).then_some(value)
    })
}

impl Unreadable {
    /// Whether a body of this kind may be passed on whole: it does not claim to be what it is not.
    pub(super) fn is_opaque(&self) -> bool {
        matches!(self, Self::Kind(_))
    }

    /// The answer to whoever sent it; `wanted` are the fields there could be.
    pub(super) fn answer(&self, wanted: &[&str]) -> Response<Body> {
        let object = in_words(wanted);
        let unsupported = (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type");
        let ((status, code), detail) = match self {
            Self::Json(why) => (
                (StatusCode::BAD_REQUEST, "body-unreadable"),
                format!("the request body is not JSON: {why}; send {object}"),
            ),
            Self::Form => {
                let detail = format!("the form has bytes that are not UTF-8; send {object}");
                ((StatusCode::BAD_REQUEST, "body-unreadable"), detail)
            }
            Self::Charset(charset) => {
                (unsupported, format!("JSON is sent in UTF-8, not in `{charset}`; send {object} without a charset"))
            }
            Self::Kind(kind) => {
                (unsupported, format!("a body of type `{kind}` has no fields; send {object}, or a form"))
            }
        };
        let mut response = problem::plain(status, code, detail);
        if status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            let accepted = HeaderValue::from_static("application/json, application/x-www-form-urlencoded");
            response.headers_mut().insert("accept-post", accepted);
        }
        response
    }
}

/// The answer to a body that is JSON without fields.
pub(super) fn no_object(given: &Json, wanted: &[&str]) -> Response<Body> {
    let given = match given {
        Json::Array(_) => "a list",
        Json::String(_) => "a text",
        Json::Number(_) => "a number",
        Json::Bool(_) => "true or false",
        Json::Null => "null",
        Json::Object(_) => "an object",
    };
    let detail = format!("the request body is {given}, which has no fields; send {}", in_words(wanted));
    problem::plain(StatusCode::BAD_REQUEST, "body-unreadable", detail)
}

/// `a JSON object like {"a": ..., "b": ...}`.
fn in_words(wanted: &[&str]) -> String {
    let fields: Vec<_> = wanted.iter().take(5).map(|name| format!("{}: ...", Json::from(*name))).collect();
    match fields.is_empty() {
        true => "a JSON object".to_owned(),
        false => format!("a JSON object like {{{}}}", fields.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_has_fields_is_read() {
        for (kind, body, expected) in [
            (Some("application/json"), &b"{\"a\": 1}"[..], json!({"a": 1})),
            (Some("application/json; charset=\"UTF-8\""), b"\xEF\xBB\xBF{\"a\": 1}", json!({"a": 1})),
            (None, b"{\"a\": 1}", json!({"a": 1})),
            (Some("text/plain"), b"{\"a\": 1}", json!({"a": 1})),
            (
                Some("application/x-www-form-urlencoded"),
                b"a=1&b=%C3%A9+x&a=2",
                json!({"a": ["1", "2"], "b": "\u{e9} x"}),
            ),
            (Some("application/x-www-form-urlencoded"), b"{\"a\": 1}", json!({"a": 1})),
            (Some("application/vnd.api+json"), b"[1]", json!([1])),
        ] {
            assert_eq!(fields(kind, body), Ok(Some(expected)), "{kind:?}");
        }
        assert_eq!(fields(Some("application/json"), b" \n"), Ok(None));
    }

    #[test]
    fn what_cannot_be_read_is_told_apart() {
        let deep = "[".repeat(100_000);
        for body in
            [&b"{\"a\": 5"[..], b"{} x", b"{\"a\": 1e999}", b"{\"a\": \"\xff\"}", b"nul", deep.as_bytes(), b"\0"]
        {
            for kind in [None, Some("application/json"), Some("text/json"), Some("application/x+json;v=1")] {
                assert!(matches!(fields(kind, body), Err(Unreadable::Json(_))), "{kind:?}");
            }
            assert!(matches!(fields(Some("text/plain"), body), Err(Unreadable::Kind(_))));
        }
        for charset in ["utf-16", "UTF-16LE", "iso-8859-1", "utf-7", "\"utf-32\""] {
            let kind = format!("application/json; charset={charset}");
            assert!(matches!(fields(Some(&kind), b"{}"), Err(Unreadable::Charset(_))), "{charset}");
        }
        assert_eq!(fields(Some("application/x-www-form-urlencoded"), b"a=%ff"), Err(Unreadable::Form));
        assert_eq!(fields(Some("application/x-www-form-urlencoded"), b"a=\xff"), Err(Unreadable::Form));
    }
}
