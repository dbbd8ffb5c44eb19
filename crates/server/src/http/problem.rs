//! Problem documents (RFC 9457): the one place where something that went wrong becomes an HTTP answer. Bodies carry code,
//! message, file and line; never a secret, never an excerpt of a source.

use capstan_engine::{CallerFault, CapabilityFault, Fault, FaultKind, Overload, UpstreamFault, Violation};
use capstan_plan::RouteInput;
use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use serde_json::Value;

use super::{body::Body, inbound::InboundError};
use crate::finding::Finding;

/// A problem document.
#[derive(Debug, Default, Serialize)]
pub struct Problem {
    title: String,
    status: u16,
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
    code: Box<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binding: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream: Option<Upstream>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retryable: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<Wrong>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    diagnostics: Vec<Finding>,
}

#[derive(Debug, Serialize)]
struct Upstream {
    name: Box<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
}

#[derive(Debug, Serialize)]
struct Wrong {
    name: Box<str>,
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    place: Option<Box<str>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pointer: Box<str>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    example: Option<Value>,
}

/// The answer for a fault.
#[must_use]
pub fn of_fault(
    fault: &Fault,
    inputs: &[RouteInput],
    names: impl Fn(&str) -> Option<capstan_plan::SlotId>,
) -> Response<Body> {
    if let (FaultKind::Upstream(UpstreamFault::Status), Some(passed)) = (fault.kind, &fault.upstream_error)
        && passed.complete
    {
        let mut response = Response::new(Body::Full(passed.body.clone()));
        *response.status_mut() = passed.status;
        *response.headers_mut() = passed.headers.clone();
        response.headers_mut().remove(header::CONTENT_LENGTH);
        return response;
    }
    let mut response = problem(fault, inputs, names).response();
    if let Some(after) = fault.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(after.as_secs().max(1)));
    }
    response
}

/// A fault as the object a problem document holds, for those who are told of it inside another document.
#[must_use]
pub(crate) fn object(fault: &Fault) -> Value {
    serde_json::to_value(problem(fault, &[], |_| None)).unwrap_or_default()
}

fn problem(fault: &Fault, inputs: &[RouteInput], names: impl Fn(&str) -> Option<capstan_plan::SlotId>) -> Problem {
    Problem {
        title: fault.title.clone().into_owned(),
        status: fault.status().as_u16(),
        detail: fault.detail.clone(),
        code: fault.code.clone().unwrap_or_else(|| code(fault.kind).into()),
        file: fault.origin.as_ref().map(|o| (*o.file).into()),
        line: fault.origin.as_ref().map(|o| o.line),
        step: fault.step.clone(),
        binding: fault.binding.clone(),
        upstream: fault
            .upstream
            .as_ref()
            .map(|u| Upstream { name: u.name.clone(), status: u.status.map(|status| status.as_u16()) }),
        retryable: Some(fault.retryable),
        violations: fault.violations.iter().map(|v| wrong(v, inputs, &names)).collect(),
        diagnostics: Vec::new(),
    }
}

/// The answer for something that went wrong before any capability was called.
#[must_use]
pub fn plain(status: StatusCode, code: &str, detail: impl Into<String>) -> Response<Body> {
    Problem {
        title: status.canonical_reason().unwrap_or("Error").to_owned(),
        status: status.as_u16(),
        detail: detail.into(),
        code: code.into(),
        ..Problem::default()
    }
    .response()
}

/// The answer for a request body that did not arrive.
#[must_use]
pub(crate) fn unread(error: &InboundError) -> Response<Body> {
    match error {
        InboundError::Slow(_) => {
            plain(StatusCode::REQUEST_TIMEOUT, "body-too-slow", format!("the request body was not waited for: {error}"))
        }
        InboundError::Broken(_) => {
            plain(StatusCode::BAD_REQUEST, "body-incomplete", format!("the request body ended early: {error}"))
        }
    }
}

/// The same for something that is declared wrongly, with the place where it is.
#[must_use]
pub fn declared_at(
    status: StatusCode,
    code: &str,
    detail: impl Into<String>,
    at: &capstan_plan::Origin,
) -> Response<Body> {
    Problem {
        title: status.canonical_reason().unwrap_or("Error").to_owned(),
        status: status.as_u16(),
        detail: detail.into(),
        code: code.into(),
        file: Some((*at.file).into()),
        line: Some(at.line),
        ..Problem::default()
    }
    .response()
}

/// The answer of a capability that cannot serve.
#[must_use]
pub fn failing(id: &str, errors: Vec<Finding>) -> Response<Body> {
    Problem {
        title: "This capability does not run".to_owned(),
        status: 503,
        detail: format!("`{id}` has errors; it runs as soon as they are mended"),
        code: "failing-capability".into(),
        diagnostics: errors,
        ..Problem::default()
    }
    .response()
}

impl Problem {
    fn response(self) -> Response<Body> {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = Response::new(Body::from(serde_json::to_vec(&self).unwrap_or_default()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

fn wrong(v: &Violation, inputs: &[RouteInput], names: &impl Fn(&str) -> Option<capstan_plan::SlotId>) -> Wrong {
    use capstan_plan::Place;
    let place = || {
        if v.whole_body {
            return Some("body");
        }
        let slot = names(&v.name)?;
        let input = inputs.iter().find(|input| input.slot == slot)?;
        Some(match input.places.first()? {
            Place::Path(_) => "path",
            Place::Query(_) | Place::DeepQuery(_) | Place::QueryMembers(_) => "query",
            Place::Header(_) => "header",
            Place::Cookie(_) => "cookie",
            Place::Field(_) | Place::Body { .. } | Place::BodyPath(_) => "body",
            Place::Environment(_) => "environment",
            Place::Request => "request",
        })
    };
    Wrong {
        name: v.name.clone(),
        place: v.place.or_else(place).map(Into::into),
        pointer: v.pointer.clone(),
        message: v.message.clone(),
        expected: v.expected.clone(),
        example: v.example.clone(),
    }
}

/// The stable name of a kind of fault.
#[must_use]
pub fn code(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Caller(fault) => match fault {
            CallerFault::InvalidInput => "invalid-input",
            CallerFault::MissingInput => "missing-input",
            CallerFault::BadBaseLabel => "bad-base-label",
            CallerFault::BadHeader => "bad-header",
            CallerFault::TooCostly => "request-too-costly",
            CallerFault::Cancelled => "cancelled",
            CallerFault::TooLarge => "body-too-large",
            CallerFault::TooSlow => "body-too-slow",
            CallerFault::OtherInputs => "idempotency-key-reused",
            CallerFault::Refused => "refused",
        },
        FaultKind::Upstream(fault) => match fault {
            UpstreamFault::Connect => "upstream-connect",
            UpstreamFault::Timeout => "upstream-timeout",
            UpstreamFault::CutShort => "upstream-cut-short",
            UpstreamFault::TooLarge => "upstream-too-large",
            UpstreamFault::TooCostly => "upstream-too-costly",
            UpstreamFault::Undecodable => "upstream-undecodable",
            UpstreamFault::NotCovered => "not-covered",
            UpstreamFault::Protocol => "upstream-protocol",
            UpstreamFault::Status => "upstream-status",
            UpstreamFault::Unusable => "upstream-unusable",
            UpstreamFault::Token => "upstream-token",
            UpstreamFault::JobFailed => "job-failed",
            UpstreamFault::Address => "upstream-address",
            UpstreamFault::Link => "job-result-link",
        },
        FaultKind::Capability(fault) => match fault {
            CapabilityFault::MissingBinding => "missing-binding",
            CapabilityFault::Unavailable => "unavailable",
            CapabilityFault::BadCredential => "bad-credential",
            CapabilityFault::BadBase => "bad-base",
            CapabilityFault::TemplateFailed => "template-failed",
            CapabilityFault::TooCostly => "too-costly",
            CapabilityFault::LookupFailed => "lookup-failed",
            CapabilityFault::ScriptFailed => "script-failed",
            CapabilityFault::FileUnreadable => "file-unreadable",
        },
        FaultKind::Overload(Overload::Buffers) => "no-memory-left",
        FaultKind::Overload(Overload::Scripts) => "no-script-can-run",
        FaultKind::Overload(Overload::Limit) => "upstream-limit",
        FaultKind::Overload(Overload::Jobs) => "too-many-jobs",
        FaultKind::Internal => "internal",
    }
}
