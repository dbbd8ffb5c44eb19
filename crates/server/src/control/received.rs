//! What requests to fixed routes bring along: bodies, within limits, and of a kind that can be used.

use axum::{
    body::{Body as AxumBody, to_bytes},
    response::Response,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::answers::{Refused, problem};
use crate::bundle::archive::Packing;

/// What a proposal may be, as `Accept-Post` lists it.
const KINDS: &str = "application/yaml, application/json, application/zip, application/x-tar, application/gzip";

/// The bytes of a body.
pub(super) async fn bytes(body: AxumBody, most: usize) -> Result<Bytes, Refused> {
    to_bytes(body, most).await.map_err(|error| {
        let too_large =
            std::error::Error::source(&error).is_some_and(|source| source.is::<http_body_util::LengthLimitError>());
        let response = match too_large {
            true => problem(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body-too-large",
                format!("the body is larger than {most} bytes"),
            ),
            false => problem(StatusCode::BAD_REQUEST, "unreadable-body", "the body ended early"),
        };
        response.into()
    })
}

/// What kind of proposal a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One document.
    Document,
    /// An archive of a bundle.
    Archive(Packing),
}

/// The kind the media type says.
pub(super) fn kind(headers: &HeaderMap) -> Result<Kind, Refused> {
    let said = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    Ok(match essence.as_str() {
        "application/yaml" | "application/x-yaml" | "text/yaml" | "text/x-yaml" | "application/json" => Kind::Document,
        "application/zip" | "application/x-zip-compressed" => Kind::Archive(Packing::Zip),
        "application/x-tar" | "application/tar" => Kind::Archive(Packing::Tar),
        "application/gzip" | "application/x-gzip" | "application/x-gtar" | "application/tar+gzip" => {
            Kind::Archive(Packing::TarGz)
        }
        other => {
            let said = if other.is_empty() { "a body without `Content-Type`".to_owned() } else { format!("`{other}`") };
            return Err(unusable(&format!(
                "{said} cannot be validated; send one document as application/yaml, or an archive of the bundle as \
                 application/zip, application/x-tar or application/gzip"
            ))
            .into());
        }
    })
}

fn unusable(detail: &str) -> Response {
    let mut response = problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail);
    response.headers_mut().insert(HeaderName::from_static("accept-post"), HeaderValue::from_static(KINDS));
    response
}

/// Says no to what is not JSON, when a body says what it is.
pub(super) fn json_only(headers: &HeaderMap) -> Result<(), Refused> {
    let Some(said) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return Ok(()) };
    match said.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        true => Ok(()),
        false => {
            let detail = format!("`{said}` is not read here; send application/json");
            Err(problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail).into())
        }
    }
}
