//! Forms answers of fixed routes have in common.

use axum::{
    body::Body as AxumBody,
    response::{IntoResponse, Response},
};
use capstan_engine::rfc3339;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    finding::Finding,
    http::{body::Body, problem},
    publication::state::Held,
};

/// A value that nobody keeps.
pub(super) fn json(status: StatusCode, value: &Value) -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let cache = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    (status, [kind, cache], serde_json::to_vec(value).unwrap_or_default()).into_response()
}

/// An answer of ours, as axum has it.
pub(super) fn ours(response: http::Response<Body>) -> Response {
    response.map(AxumBody::new)
}

/// An answer instead of the one that was asked for. In a box: refusals are rare.
#[derive(Debug)]
pub(super) struct Refused(Box<Response>);

impl From<Response> for Refused {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// A problem document.
pub(super) fn problem(status: StatusCode, code: &str, detail: impl Into<String>) -> Response {
    ours(problem::plain(status, code, detail))
}

/// What waits for a confirmation, and what it is confirmed by.
pub(super) fn held(id: &str, held: &Held) -> Value {
    json!({
        "capability": id,
        "deleted": held.waiting.is_none(),
        "since": rfc3339(held.since),
        "hash": held.hash,
        "changes": held.changes,
    })
}

/// A finding with its excerpt: the control plane is for those who may read the files.
pub(super) fn full(finding: &Finding) -> Value {
    let mut value = serde_json::to_value(finding).unwrap_or_default();
    if let Value::Object(members) = &mut value {
        members.insert("rendered".to_owned(), (*finding.rendered).into());
    }
    value
}
