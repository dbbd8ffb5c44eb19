//! What came of one test.

use std::time::Duration;

use capstan_language::source::Span;
use serde_json::Value;

use super::recorder::Recorded;

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// As expected.
    Passed,
    /// Otherwise.
    Failed,
    /// It was not run.
    Skipped,
}

/// One thing that is not as expected.
#[derive(Clone, Debug)]
pub(super) struct Difference {
    /// Where the expectation is written.
    pub(super) span: Span,
    /// What is compared, such as `expect.json.greeting`.
    pub(super) path: String,
    /// What was expected.
    pub(super) expected: String,
    /// What there is.
    pub(super) actual: String,
    /// What to write there instead; nothing when that would not help.
    pub(super) instead: Option<Value>,
}

/// What came of one test.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Its position in the file.
    pub(super) nth: usize,
    /// How it ended.
    pub(super) verdict: Verdict,
    /// What is not as expected.
    pub(super) differences: Vec<Difference>,
    /// What else there is to know of a failure.
    pub(super) notes: Vec<String>,
    /// The namespace and name of the unit that was called.
    pub(super) unit: Option<(String, String)>,
    /// Whether a request was sent that no test lists: what was answered to that is no answer.
    pub(super) unlisted: bool,
    /// Whether the answer is an error.
    pub(super) is_error: bool,
    /// What would be expected of this answer.
    pub(super) answer: Value,
    /// What happened upstream, when a sandbox answered.
    pub(super) recorded: Vec<Recorded>,
    /// How long it took.
    pub(super) elapsed: Duration,
}
