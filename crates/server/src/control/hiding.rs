//! The last look at what leaves by the fixed routes: whoever wrote it, it shows no secret. Numbers stay: a port or a count may be
//! what a short secret is, and who reads them wants them to be numbers.

use axum::{
    body::{Body as AxumBody, to_bytes},
    response::Response,
};
use capstan_engine::Secrets;
use http::{HeaderMap, header};

use super::answers::problem;

/// An answer without secrets. They are all made in one piece.
pub(super) async fn hidden(response: Response, secrets: &Secrets) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return problem(http::StatusCode::INTERNAL_SERVER_ERROR, "internal", "the answer could not be made");
    };
    let shown = match std::str::from_utf8(&bytes).map(|text| secrets.hide(text)) {
        Ok(std::borrow::Cow::Owned(text)) => again(&parts.headers, &bytes, text, secrets),
        _ => return Response::from_parts(parts, AxumBody::from(bytes)),
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, AxumBody::from(shown))
}

/// An answer that shows secrets, written again as its kind wants it; other kinds as texts.
fn again(headers: &HeaderMap, bytes: &[u8], text: String, secrets: &Secrets) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.contains("json") {
        return serde_json::from_slice(bytes)
            .map_or(text, |value| secrets.hide_json(value, |_, number| number.into()).to_string());
    }
    if kind.starts_with("text/plain; version=") {
        return String::from_utf8_lossy(bytes).lines().map(|line| labels(line, secrets) + "\n").collect();
    }
    text
}

/// A line of metrics without secrets in its labels.
fn labels(line: &str, secrets: &Secrets) -> String {
    let parts = || {
        let (name, rest) = line.split_once('{')?;
        let (labels, value) = rest.rsplit_once('}')?;
        Some(format!("{name}{{{}}}{value}", secrets.hide(labels)))
    };
    parts().unwrap_or_else(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn shown(kind: &'static str, body: &str) -> String {
        let secrets = Secrets::default();
        secrets.register("hunter22");
        secrets.register("8443");
        let response =
            Response::builder().header(header::CONTENT_TYPE, kind).header(header::CONTENT_LENGTH, body.len());
        let response = hidden(response.body(AxumBody::from(body.to_owned())).unwrap(), &secrets).await;
        let length = response.headers().get(header::CONTENT_LENGTH).map(|value| value.to_str().unwrap().to_owned());
        let text = String::from_utf8(to_bytes(response.into_body(), 9999).await.unwrap().to_vec()).unwrap();
        assert!(length.is_none_or(|length| length == text.len().to_string()), "{text}");
        text
    }

    #[tokio::test]
    async fn texts_are_hidden_and_numbers_stay() {
        let body = r#"{"hunter22":[{"at":"x hunter22 y","port":8443}],"n":null}"#;
        assert_eq!(shown("application/problem+json", body).await, r#"{"***":[{"at":"x *** y","port":8443}],"n":null}"#);
        let metrics = "# HELP a Says 8443.\na{b=\"hunter22 }\",c=\"8443\"} 8443\nd 8443\n";
        let expected = "# HELP a Says 8443.\na{b=\"*** }\",c=\"***\"} 8443\nd 8443\n";
        assert_eq!(shown("text/plain; version=0.0.4; charset=utf-8", metrics).await, expected);
        assert_eq!(shown("text/html", "<a href=\"/hunter22\">8443</a>").await, "<a href=\"/***\">***</a>");
        assert_eq!(shown("application/json", r#"{"a": 1}"#).await, r#"{"a": 1}"#);
    }
}
