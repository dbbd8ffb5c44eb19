//! Bytes that are not what their format says: which format, what is wrong, where.

use std::fmt;

use capstan_plan::Format;

/// Bytes that are not what their format says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FormatError {
    /// The format expected.
    pub(crate) format: Format,
    /// What is wrong.
    pub(crate) message: String,
    /// Where it is, when the format has positions.
    pub(crate) position: Option<Position>,
    /// Whether the bytes may be fine, and take more than is accepted.
    pub(crate) too_costly: bool,
}

/// A position in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// A line and a column, from 1.
    Line {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// An offset in bytes, from 0.
    Byte(usize),
}

impl FormatError {
    pub(super) fn new(format: Format, message: impl Into<String>) -> Self {
        Self { format, message: message.into(), position: None, too_costly: false }
    }

    pub(super) fn at_line(mut self, line: usize, column: usize) -> Self {
        self.position = Some(Position::Line { line: line.max(1), column: column.max(1) });
        self
    }

    pub(super) fn at_byte(mut self, offset: usize) -> Self {
        self.position = Some(Position::Byte(offset));
        self
    }

    /// Places the error at a byte offset of a text, as line and column.
    pub(super) fn in_text(self, text: &str, offset: usize) -> Self {
        let before = text.as_bytes().get(..offset.min(text.len())).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column =
            before.iter().rev().take_while(|byte| **byte != b'\n').filter(|byte| **byte & 0xC0 != 0x80).count() + 1;
        self.at_line(line, column)
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not readable as {}: {}", self.format.name(), self.message)?;
        match self.position {
            Some(Position::Line { line, column }) => write!(f, " (line {line}, column {column})"),
            Some(Position::Byte(offset)) => write!(f, " (byte {offset})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for FormatError {}
