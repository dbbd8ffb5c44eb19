//! Answers computed without an upstream: the dialect's mock outputs and the cases of a sandbox.

use http::HeaderName;

use crate::{FileId, Template};

/// An answer computed from the request and the clock. The first case whose condition holds answers.
#[derive(Clone, Debug)]
pub struct Mock {
    /// The cases in order.
    pub cases: Box<[MockCase]>,
    /// The slot that holds the request object (`request.headers`, `request.body`, ...), when a case reads it.
    pub request: Option<crate::SlotId>,
}

/// One case of a mock.
#[derive(Clone, Debug)]
pub struct MockCase {
    /// When it applies; always when absent.
    pub when: Option<Template>,
    /// Values computed once for this case, in order.
    pub bound: Box<[(crate::SlotId, Template)]>,
    /// The status.
    pub status: u16,
    /// Response headers.
    pub headers: Box<[(HeaderName, Template)]>,
    /// The body.
    pub body: MockBody,
    /// How long to wait before answering, in milliseconds.
    pub delay_ms: u64,
}

/// The body of a mock case.
#[derive(Clone, Debug)]
pub enum MockBody {
    /// None at all.
    None,
    /// A JSON value; `null` members are kept, absent ones left out.
    Json(Template),
    /// Text with a media type.
    Text {
        /// The `Content-Type`.
        media_type: Box<str>,
        /// The content.
        content: Template,
    },
    /// A file beside the document.
    File {
        /// The file.
        file: FileId,
        /// The `Content-Type`.
        media_type: Box<str>,
    },
}

/// What makes a document a sandbox (ours): which upstreams it stands in for.
#[derive(Clone, Debug)]
pub struct Sandbox {
    /// The origins (`scheme://host[:port]`) it answers for.
    pub origins: Box<[Box<str>]>,
    /// Dummy values that replace bindings of the same name.
    pub values: Box<[(Box<str>, Box<str>)]>,
}
