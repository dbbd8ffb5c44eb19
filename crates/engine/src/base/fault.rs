//! Why an invocation has no answer, grouped by who is at fault. Turning one into a response is each adapter's work.

use std::{
    borrow::Cow,
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use capstan_plan::Origin;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::exchange_log::UpstreamExchange;

/// How long to wait when there is too much to do.
const OVERLOAD: Duration = Duration::from_secs(1);

/// Who is at fault, and of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The caller.
    Caller(CallerFault),
    /// The upstream, or the way there.
    Upstream(UpstreamFault),
    /// The capability, or whoever operates it.
    Capability(CapabilityFault),
    /// Nobody: there is too much to do at the moment.
    Overload(Overload),
    /// Us.
    Internal,
}

/// What there is not enough of at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overload {
    /// Room for bodies that wait in memory.
    Buffers,
    /// Threads for scripts: each one is busy with a script that does not end.
    Scripts,
    /// Places at an upstream: as many calls as its limits allow run and wait already.
    Limit,
    /// Room for jobs.
    Jobs,
}

/// Faults of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerFault {
    /// An input does not satisfy its contract.
    InvalidInput,
    /// A required input is absent (and nothing else is wrong).
    MissingInput,
    /// A value for a base URI is not one DNS label.
    BadBaseLabel,
    /// A value cannot stand in a header.
    BadHeader,
    /// What it gives takes more computing than it may.
    TooCostly,
    /// The caller went away or asked to stop.
    Cancelled,
    /// The request body is larger than what is taken.
    TooLarge,
    /// The request body came too slowly.
    TooSlow,
    /// A key that stands for one call was given with other inputs.
    OtherInputs,
    /// What the author asks of callers does not hold.
    Refused,
}

/// Faults of the upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamFault {
    /// No connection.
    Connect,
    /// No answer in time.
    Timeout,
    /// The response ended before it was complete.
    CutShort,
    /// The response is larger than what we map.
    TooLarge,
    /// The response takes more computing than it may.
    TooCostly,
    /// The response is not what its format says.
    Undecodable,
    /// Sandbox mode, and no sandbox stands in for this origin.
    NotCovered,
    /// Not HTTP, or something else that went wrong on the way.
    Protocol,
    /// A step was answered with an error status.
    Status,
    /// The response is no answer: a redirect nobody follows, a status that says nothing, a body without a clear end.
    Unusable,
    /// The authorization server gives no token.
    Token,
    /// A job ended, and not well.
    JobFailed,
    /// It names an address that may not be followed.
    Address,
    /// The result of a job is not where it says.
    Link,
}

/// Faults of the capability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapabilityFault {
    /// A value from outside is missing.
    MissingBinding,
    /// The unit did not compile; it stays listed.
    Unavailable,
    /// The credential cannot be computed.
    BadCredential,
    /// The base URI resolves to nothing usable.
    BadBase,
    /// A template or expression fails.
    TemplateFailed,
    /// What the author wrote takes more computing than it may, whatever it is given.
    TooCostly,
    /// A lookup step fails.
    LookupFailed,
    /// A script step fails.
    ScriptFailed,
    /// A file cannot be read.
    FileUnreadable,
}

/// One reason why the inputs were refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// The input, as callers know it.
    pub name: Box<str>,
    /// Where inside it, as a JSON Pointer; empty for all of it.
    pub pointer: Box<str>,
    /// The part of an HTTP request it stands in, when no input says that.
    pub place: Option<&'static str>,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What is expected, in words.
    pub expected: Option<String>,
    /// A value that would do.
    pub example: Option<Value>,
    /// Whether the value is absent.
    pub missing: bool,
    /// Whether the input is a whole request body, so that `pointer` points into the body.
    pub whole_body: bool,
}

/// The most names that are listed.
const LISTED: usize = 20;

impl Violation {
    /// Something that was given, or not given.
    fn new(name: &str, message: String) -> Self {
        Self {
            name: name.into(),
            pointer: Box::default(),
            place: None,
            message,
            expected: None,
            example: None,
            missing: false,
            whole_body: false,
        }
    }

    /// Something that must be given was not.
    #[must_use]
    pub fn missing(name: &str) -> Self {
        Self { missing: true, ..Self::new(name, format!("`{name}` is required")) }
    }

    /// Something was given that nothing asks for; `near` is what was probably meant.
    #[must_use]
    pub fn unknown(name: &str, near: Option<&str>) -> Self {
        let meant = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        Self::new(name, format!("`{name}` is not known here{meant}"))
    }

    /// What is known, in words.
    #[must_use]
    pub fn one_of(names: &[&str]) -> Option<String> {
        let listed: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
        match listed.len() {
            0 => None,
            _ if names.len() > LISTED => {
                Some(format!("one of {} and {} more", listed.join(", "), names.len() - LISTED))
            }
            1 => Some(format!("only {}", listed.join(", "))),
            _ => Some(format!("one of {}", listed.join(", "))),
        }
    }
}

/// An upstream's error response that stopped a flow.
#[derive(Clone, Debug)]
pub struct UpstreamError {
    /// Its status.
    pub status: StatusCode,
    /// Its headers, as far as they are passed on.
    pub headers: HeaderMap,
    /// Its body, at most 64 KiB of it.
    pub body: Bytes,
    /// Whether the body is complete.
    pub complete: bool,
}

/// Everything known about a fault.
#[derive(Clone, Debug)]
pub struct Details {
    /// Who is at fault, and of what.
    pub kind: FaultKind,
    /// The same, as a short sentence; or in the words of the author.
    pub title: Cow<'static, str>,
    /// The HTTP status the author wants callers to get.
    pub stated: Option<StatusCode>,
    /// What happened this time; secrets are masked.
    pub detail: String,
    /// Where the author wrote what failed.
    pub origin: Option<Origin>,
    /// The step that failed, in a flow of several.
    pub step: Option<Box<str>>,
    /// The upstream exchange concerned.
    pub upstream: Option<Arc<UpstreamExchange>>,
    /// Everything wrong with the inputs.
    pub violations: Vec<Violation>,
    /// The binding that has no usable value.
    pub binding: Option<Box<str>>,
    /// The diagnostic code, when loading already found it.
    pub code: Option<Box<str>>,
    /// Whether the same call may work later.
    pub retryable: bool,
    /// How long to wait before.
    pub retry_after: Option<Duration>,
    /// The upstream's error response, for [`UpstreamFault::Status`].
    pub upstream_error: Option<UpstreamError>,
}

/// Why an invocation has no answer. Reads like its [`Details`].
#[derive(Clone, Debug)]
pub struct Fault(Box<Details>);

impl Fault {
    /// A fault of this kind.
    #[must_use]
    pub fn new(kind: FaultKind, detail: impl Into<String>) -> Self {
        let retryable = matches!(
            kind,
            FaultKind::Upstream(
                UpstreamFault::Connect | UpstreamFault::Timeout | UpstreamFault::CutShort | UpstreamFault::Token
            ) | FaultKind::Overload(_)
        );
        Self(Box::new(Details {
            kind,
            title: Cow::Borrowed(kind.title()),
            stated: None,
            detail: detail.into(),
            origin: None,
            step: None,
            upstream: None,
            violations: Vec::new(),
            binding: None,
            code: None,
            retryable,
            retry_after: matches!(kind, FaultKind::Overload(_)).then_some(OVERLOAD),
            upstream_error: None,
        }))
    }

    /// A fault of the caller.
    #[must_use]
    pub fn caller(kind: CallerFault, detail: impl Into<String>) -> Self {
        Self::new(FaultKind::Caller(kind), detail)
    }

    /// A fault of the upstream.
    #[must_use]
    pub fn upstream(kind: UpstreamFault, detail: impl Into<String>) -> Self {
        Self::new(FaultKind::Upstream(kind), detail)
    }

    /// A fault of the capability.
    #[must_use]
    pub fn capability(kind: CapabilityFault, detail: impl Into<String>) -> Self {
        Self::new(FaultKind::Capability(kind), detail)
    }

    /// A fault of nobody: the same call may do well a moment later.
    #[must_use]
    pub fn overload(kind: Overload, detail: impl Into<String>) -> Self {
        Self::new(FaultKind::Overload(kind), detail)
    }

    /// The same, naming the place the author wrote.
    #[must_use]
    pub fn at(mut self, origin: &Origin) -> Self {
        self.0.origin.get_or_insert_with(|| origin.clone());
        self
    }

    /// Whether a budget was not enough: with a larger one the same work might end.
    #[must_use]
    pub fn is_too_costly(&self) -> bool {
        matches!(
            self.0.kind,
            FaultKind::Caller(CallerFault::TooCostly)
                | FaultKind::Upstream(UpstreamFault::TooCostly)
                | FaultKind::Capability(CapabilityFault::TooCostly)
        )
    }

    /// The HTTP status that says it best.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        if let Some(error) = &self.0.upstream_error {
            return error.status;
        }
        if let Some(stated) = self.0.stated {
            return stated;
        }
        match self.0.kind {
            FaultKind::Caller(CallerFault::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            FaultKind::Caller(CallerFault::TooSlow) => StatusCode::REQUEST_TIMEOUT,
            FaultKind::Caller(CallerFault::OtherInputs) => StatusCode::UNPROCESSABLE_ENTITY,
            FaultKind::Overload(Overload::Limit) => StatusCode::TOO_MANY_REQUESTS,
            FaultKind::Caller(_) => StatusCode::BAD_REQUEST,
            FaultKind::Upstream(UpstreamFault::Timeout) => StatusCode::GATEWAY_TIMEOUT,
            FaultKind::Upstream(_) => StatusCode::BAD_GATEWAY,
            FaultKind::Capability(CapabilityFault::MissingBinding) | FaultKind::Overload(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            FaultKind::Capability(CapabilityFault::Unavailable) => StatusCode::NOT_IMPLEMENTED,
            FaultKind::Capability(_) | FaultKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl FaultKind {
    /// A short sentence.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Caller(CallerFault::InvalidInput) => "The request is not valid",
            Self::Caller(CallerFault::MissingInput) => "A required input is missing",
            Self::Caller(CallerFault::BadBaseLabel) => "A value cannot be part of the upstream address",
            Self::Caller(CallerFault::BadHeader) => "A value cannot stand in a header",
            Self::Caller(CallerFault::TooCostly) => "The request takes more computing than it may",
            Self::Caller(CallerFault::Cancelled) => "The call was cancelled",
            Self::Caller(CallerFault::TooLarge) => "The request body is too large",
            Self::Caller(CallerFault::TooSlow) => "The request body came too slowly",
            Self::Caller(CallerFault::OtherInputs) => "This key stands for a call with other inputs",
            Self::Caller(CallerFault::Refused) => "The call is refused",
            Self::Upstream(UpstreamFault::Connect) => "The upstream cannot be reached",
            Self::Upstream(UpstreamFault::Timeout) => "The upstream did not answer in time",
            Self::Upstream(UpstreamFault::CutShort) => "The upstream's response is incomplete",
            Self::Upstream(UpstreamFault::TooLarge) => "The upstream's response is too large",
            Self::Upstream(UpstreamFault::TooCostly) => "The upstream's response takes more computing than it may",
            Self::Upstream(UpstreamFault::Undecodable) => "The upstream's response cannot be read",
            Self::Upstream(UpstreamFault::NotCovered) => "No sandbox stands in for this upstream",
            Self::Upstream(UpstreamFault::Protocol) => "The upstream does not speak HTTP as expected",
            Self::Upstream(UpstreamFault::Status) => "An upstream call of the flow failed",
            Self::Upstream(UpstreamFault::Unusable) => "The upstream's response is no answer",
            Self::Upstream(UpstreamFault::Token) => "The authorization server gave no token",
            Self::Upstream(UpstreamFault::JobFailed) => "The job failed",
            Self::Upstream(UpstreamFault::Address) => "The upstream names an address that is not followed",
            Self::Upstream(UpstreamFault::Link) => "The result of the job cannot be fetched",
            Self::Capability(CapabilityFault::MissingBinding) => "A value the capability needs is not set",
            Self::Capability(CapabilityFault::Unavailable) => "This unit is not available",
            Self::Capability(CapabilityFault::BadCredential) => "The upstream credential cannot be computed",
            Self::Capability(CapabilityFault::BadBase) => "The upstream address cannot be used",
            Self::Capability(CapabilityFault::TemplateFailed) => "A template cannot be filled",
            Self::Capability(CapabilityFault::TooCostly) => "The capability takes more computing than it may",
            Self::Capability(CapabilityFault::LookupFailed) => "A lookup step failed",
            Self::Capability(CapabilityFault::ScriptFailed) => "A script step failed",
            Self::Capability(CapabilityFault::FileUnreadable) => "A file of the capability cannot be read",
            Self::Overload(Overload::Buffers) => "There is no memory left for this at the moment",
            Self::Overload(Overload::Scripts) => "No script can run at the moment",
            Self::Overload(Overload::Limit) => "The upstream takes no further calls at the moment",
            Self::Overload(Overload::Jobs) => "No further job can begin at the moment",
            Self::Internal => "Internal error",
        }
    }
}

impl Deref for Fault {
    type Target = Details;
    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Fault {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}
