//! What a test file says, with places. Values that are compared stay as they were written.

use crate::{
    diagnostic::Diagnostic,
    document::Node,
    source::{SourceSet, Span, Spanned},
};
use std::time::Duration;

/// A test file that was read, or the reasons why it cannot be run.
#[derive(Debug)]
pub struct TestFileRead {
    /// What it says; none when an error stands in the way.
    pub file: Option<TestFile>,
    /// What was found.
    pub diagnostics: Vec<Diagnostic>,
    /// Its text.
    pub sources: SourceSet,
}

/// A test file.
#[derive(Debug, Clone)]
pub struct TestFile {
    /// The capability under test, relative to the file.
    pub capability: Spanned<String>,
    /// Values of bindings.
    pub values: Vec<(String, String)>,
    /// What stands in for upstreams.
    pub sandbox: Option<Stand>,
    /// What the clock says at the beginning, in seconds since 1970.
    pub now: Option<u64>,
    /// The tests.
    pub tests: Vec<Case>,
}

/// What stands in for upstreams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stand {
    /// The sandboxes beside the file.
    Beside,
    /// Nothing.
    None,
    /// This file.
    File(String),
}

/// One test.
#[derive(Debug, Clone)]
pub struct Case {
    /// The whole of it.
    pub span: Span,
    /// What it is called.
    pub name: String,
    /// What is called.
    pub action: Action,
    /// The namespace of the exposure.
    pub on: Option<String>,
    /// Headers of the request.
    pub headers: Vec<Header>,
    /// Values of bindings.
    pub values: Vec<(String, String)>,
    /// What stands in for upstreams, when the test says it.
    pub sandbox: Option<Stand>,
    /// Every exchange with an upstream; none when the test does not say.
    pub upstream: Option<Vec<Exchange>>,
    /// Whether exchanges may come in any order.
    pub any_order: bool,
    /// Whether nothing else may be there.
    pub exact: bool,
    /// Why it is not run.
    pub skip: Option<String>,
    /// What the caller is to get; none when the test does not say.
    pub expect: Option<Expected>,
}

/// What is called.
#[derive(Debug, Clone)]
pub enum Action {
    /// A request.
    Http {
        /// The method.
        method: String,
        /// Path and query.
        target: String,
        /// The body.
        body: Option<Node>,
        /// Where it is written.
        span: Span,
    },
    /// A tool.
    Tool {
        /// Its name.
        name: Spanned<String>,
        /// What it is given.
        arguments: serde_json::Map<String, serde_json::Value>,
    },
}

/// A header, or a parameter.
#[derive(Debug, Clone)]
pub struct Header {
    /// Its name.
    pub name: Spanned<String>,
    /// Its value.
    pub value: Node,
}

/// One exchange with an upstream.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Where it is listed.
    pub span: Span,
    /// What the upstream is to see.
    pub request: ExpectedRequest,
    /// What it answers.
    pub reply: Reply,
    /// What goes wrong.
    pub fault: Option<Faulty>,
}

/// What goes wrong with an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Faulty {
    /// No answer comes.
    Timeout,
    /// There is no connection.
    Refused,
    /// The connection ends within the body.
    CutShort,
    /// The body takes long.
    Slow,
}

/// What is compared of a request.
#[derive(Debug, Clone, Default)]
pub struct ExpectedRequest {
    /// The method.
    pub method: Option<Node>,
    /// The URL.
    pub url: Option<Node>,
    /// Parameters of the query.
    pub query: Option<Node>,
    /// Headers.
    pub headers: Vec<Header>,
    /// The body as JSON.
    pub json: Option<Node>,
    /// The body as a form.
    pub form: Option<Node>,
    /// The body as text.
    pub body: Option<Node>,
}

/// What an upstream answers.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<Header>,
    /// The body as JSON.
    pub json: Option<serde_json::Value>,
    /// The body as text.
    pub body: Option<String>,
    /// A file with the body.
    pub file: Option<Spanned<String>>,
    /// How long it takes to begin.
    pub delay: Duration,
}

/// What the caller is to get.
#[derive(Debug, Clone)]
pub struct Expected {
    /// All of it.
    pub span: Span,
    /// The status.
    pub status: Option<Node>,
    /// Headers.
    pub headers: Vec<Header>,
    /// The body as JSON.
    pub json: Option<Node>,
    /// The body as text.
    pub body: Option<Node>,
    /// Whether a tool says that it failed, or with which text.
    pub error: Option<Node>,
    /// Whether the answer breaks off.
    pub cut: Option<bool>,
}
