//! How large a decoded value may get. Owns the count; the decoders charge it for every value they make, because a small
//! body can stand for a large value (aliases, repeated header names, empty items).

use capstan_plan::Format;

use super::error::FormatError;

/// How deep a decoded value may nest.
const MAX_DEPTH: usize = 100;
const MAX_VALUES: usize = 2_000_000;
const MIN_BYTES: usize = 16 << 20;
const MAX_BYTES: usize = 128 << 20;

/// What is left to spend on one body.
pub(super) struct Budget {
    format: Format,
    values: usize,
    bytes: usize,
}

impl Budget {
    /// A budget proportional to the body, within fixed bounds.
    pub(super) fn new(format: Format, body: usize) -> Self {
        Self { format, values: MAX_VALUES, bytes: body.saturating_mul(8).clamp(MIN_BYTES, MAX_BYTES) }
    }

    /// Charges one value that holds this many bytes of text.
    pub(super) fn charge(&mut self, bytes: usize) -> Result<(), FormatError> {
        match (self.values.checked_sub(1), self.bytes.checked_sub(bytes)) {
            (Some(values), Some(bytes)) => {
                self.values = values;
                self.bytes = bytes;
                Ok(())
            }
            (None, _) => Err(self.error(format!("it holds more than {MAX_VALUES} values"))),
            (_, None) => Err(self.error("it expands to more than is accepted")),
        }
    }

    /// Charges more text of a value that is counted elsewhere.
    pub(super) fn charge_bytes(&mut self, bytes: usize) -> Result<(), FormatError> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or_else(|| self.error("it expands to more than is accepted"))?;
        Ok(())
    }

    /// Refuses nesting beyond the limit.
    pub(super) fn depth(&self, depth: usize) -> Result<(), FormatError> {
        if depth > MAX_DEPTH { Err(self.error(format!("it nests deeper than {MAX_DEPTH} levels"))) } else { Ok(()) }
    }

    /// An error of this format.
    pub(super) fn error(&self, message: impl Into<String>) -> FormatError {
        FormatError::new(self.format, message)
    }
}
