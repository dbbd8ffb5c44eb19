//! Owns what is said about an author's file: codes, severities, labels, and the sink that collects them.
//! It does not decide what is wrong and does not print; see `render` for the faces of a diagnostic.

mod code;
mod sink;

pub use code::{Code, Doc};
pub use sink::{Draft, Sink};

use crate::source::Span;

/// How much a diagnostic weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something does not work.
    Error,
    /// It works, but not as written or not as intended.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word people read.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A place in a text and what to say there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What; may be empty for the primary label.
    pub text: String,
}

/// A replacement that would repair the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What to replace.
    pub span: Span,
    /// By what.
    pub replacement: String,
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
    /// An edit that does it.
    pub fix: Option<Edit>,
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

#[cfg(test)]
mod tests;
