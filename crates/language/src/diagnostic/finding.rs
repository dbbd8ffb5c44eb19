//! Owns one diagnostic: its code, weight, places, and what to do about it.

use super::{code::Code, fix::Fix, severity::Severity};
use crate::source::Span;

/// A place in a text and what to say there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What; may be empty for the primary label.
    pub text: String,
}

/// One finding about an author's file. Holds no secret and no meaning beyond text and places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable name of the kind of finding.
    pub code: Code,
    /// How much it weighs.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// Places; the first is the primary one.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
    /// What would repair the file.
    pub fix: Option<Fix>,
    /// The operation or tool concerned; `None` when the whole document is.
    pub unit: Option<String>,
    /// Key path such as `exposes[0].tools[2].call`.
    pub path: String,
}

/// What makes two findings the same across edits of a file.
pub type Identity<'a> = (Code, Option<&'a str>, &'a str);

impl Diagnostic {
    /// Code, unit and key path: equal before and after an edit that merely moves lines.
    #[must_use]
    pub fn identity(&self) -> Identity<'_> {
        (self.code, self.unit.as_deref(), &self.path)
    }

    /// Where the finding is.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        self.labels.first().map(|label| label.span)
    }

    /// True for an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
