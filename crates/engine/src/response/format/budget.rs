//! The budget of one body that is decoded: the decoders charge it for every value they make, because a small body can stand for a
//! large value (aliases, repeated header names, empty items). Adds to the numbers which format it is.

use capstan_plan::{
    Format,
    budget::{self, Exceeded},
};

use super::error::FormatError;

/// What is left to spend on one body.
pub(super) struct Budget {
    format: Format,
    left: budget::Budget,
}

impl Budget {
    /// The budget of a body of that many bytes.
    pub(super) fn new(format: Format, body: usize) -> Self {
        Self { format, left: budget::Budget::of_body(body) }
    }

    /// Charges one value that holds this many bytes of text.
    pub(super) fn charge(&self, bytes: usize) -> Result<(), FormatError> {
        self.left.make(bytes).map_err(|why| self.exceeded(why))
    }

    /// Charges values that hold nothing yet.
    pub(super) fn charge_values(&self, values: usize) -> Result<(), FormatError> {
        self.left.make_many(values).map_err(|why| self.exceeded(why))
    }

    /// Charges more text of a value that is counted elsewhere.
    pub(super) fn charge_bytes(&self, bytes: usize) -> Result<(), FormatError> {
        self.left.make_bytes(bytes).map_err(|why| self.exceeded(why))
    }

    /// Refuses nesting beyond the limit.
    pub(super) fn depth(&self, depth: usize) -> Result<(), FormatError> {
        self.left.depth(depth).map_err(|why| self.exceeded(why))
    }

    /// An error of this format.
    pub(super) fn error(&self, message: impl Into<String>) -> FormatError {
        FormatError::new(self.format, message)
    }

    fn exceeded(&self, why: Exceeded) -> FormatError {
        FormatError { too_costly: true, ..self.error(why.to_string()) }
    }
}
