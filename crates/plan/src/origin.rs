//! Where a planned thing was written, for messages at run time. Not a span: it survives without the source text.

use std::{fmt, sync::Arc};

/// File, line and column (both from 1) of the author's text. Equality ignores nothing; two origins differ if they point elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The path as shown to people.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Origin {
    /// An origin at `line`:`column` of `file`.
    #[must_use]
    pub fn new(file: Arc<str>, line: u32, column: u32) -> Self {
        Self { file, line, column }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}
