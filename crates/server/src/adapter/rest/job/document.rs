//! The job document: how far a job is and where the rest of it is. The same text for the same job, so that its tag tells whether
//! anything changed.

use bytes::Bytes;
use capstan_engine::{Job, JobState, JobView, digest, rfc3339};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use serde_json::Value;

use crate::{
    adapter::job,
    http::{body::Body, problem},
    routing::job_routes::JobPurpose,
};

/// A job as its caller sees it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    id: Box<str>,
    status: &'static str,
    /// From 0 to 1.
    progress: Option<f64>,
    message: Option<Box<str>>,
    created_at: String,
    expires_at: String,
    links: Links,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
    /// What it yielded, where a stream ends with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Value>,
}

#[derive(Debug, Serialize)]
struct Links {
    #[serde(rename = "self")]
    here: Box<str>,
    result: String,
    cancel: Box<str>,
    events: String,
}

impl Document {
    /// A job at this moment, reached at `path`.
    pub(super) fn new(job: &Job, view: &JobView, path: &str) -> Self {
        Self {
            id: job.handle().into(),
            status: job::word(view.state),
            progress: if view.state == JobState::Succeeded { Some(1.0) } else { view.progress },
            message: view.message.clone(),
            created_at: rfc3339(job.created()),
            expires_at: rfc3339(job.expires()),
            links: Links {
                here: path.into(),
                result: format!("{path}{}", JobPurpose::Result.tail()),
                cancel: path.into(),
                events: format!("{path}{}", JobPurpose::Events.tail()),
            },
            error: view.fault.as_ref().map(problem::object),
            result: None,
        }
    }

    /// The same with what the job yielded.
    pub(super) fn with_result(self, result: Value) -> Self {
        Self { result: Some(result), ..self }
    }

    pub(super) fn bytes(&self) -> Bytes {
        serde_json::to_vec(self).unwrap_or_default().into()
    }
}

/// The tag of a document.
pub(super) fn tag(document: &[u8]) -> String {
    format!("\"{}\"", digest(document).iter().take(12).map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// Whether the caller has the document with this tag already.
pub(super) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let given = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = given.flat_map(|list| list.split(',')).map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

/// A document as an answer, with when to look again while the job is not over.
pub(super) fn answer(status: StatusCode, document: Bytes, view: &JobView) -> Response<Body> {
    let mut response = Response::new(Body::Full(document));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    wait(headers, view);
    response
}

/// Says when to look again, while the job is not over.
pub(super) fn wait(headers: &mut HeaderMap, view: &JobView) {
    if !view.state.is_over() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(job::retry_after(view)));
    }
}
