//! What a caller who may not pass is told: a problem document and the challenges that say what would help.

use http::{HeaderValue, Response, StatusCode, header};

use crate::http::{body::Body, problem};

/// Why somebody does not pass.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) detail: String,
    /// `WWW-Authenticate` values, best first.
    pub(super) challenges: Vec<String>,
    /// When to try again, in seconds.
    pub(super) retry_after: Option<u64>,
}

impl Refusal {
    /// Credentials are missing or wrong.
    pub(super) fn unauthorized(challenges: Vec<String>) -> Box<Self> {
        let detail = "valid credentials are needed here".to_owned();
        Box::new(Self { status: StatusCode::UNAUTHORIZED, code: "unauthorized", detail, challenges, retry_after: None })
    }

    /// Whether credentials are right cannot be told at present.
    pub(super) fn unavailable(detail: String, retry_after: u64) -> Box<Self> {
        Box::new(Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: "authorization-server-unavailable",
            detail,
            challenges: Vec::new(),
            retry_after: Some(retry_after),
        })
    }

    #[allow(clippy::boxed_local, reason = "refusals travel in boxes")]
    pub(super) fn answer(self: Box<Self>) -> Response<Body> {
        let mut response = problem::plain(self.status, self.code, self.detail);
        let headers = response.headers_mut();
        for challenge in &self.challenges {
            if let Ok(value) = HeaderValue::from_str(challenge) {
                headers.append(header::WWW_AUTHENTICATE, value);
            }
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response
    }
}

/// A quoted string; what cannot stand in a header is left out.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars().filter(|c| matches!(c, ' '..='~')) {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}
