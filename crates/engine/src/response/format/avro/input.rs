//! The bytes of an Avro body as they are read: numbers, texts, blocks.

use capstan_plan::Format;

use crate::response::format::error::FormatError;

/// Bytes still to read, and how many have been.
pub(super) struct Input<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, offset: 0 }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn error(&self, message: impl Into<String>) -> FormatError {
        FormatError::new(Format::Avro, message).at_byte(self.offset)
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], FormatError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| self.error("it ends too early"))?;
        self.rest = rest;
        self.offset += count;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let taken = self.take(N)?;
        taken.try_into().map_err(|_| self.error("it ends too early"))
    }

    /// A zig-zag variable-length number.
    pub(super) fn long(&mut self) -> Result<i64, FormatError> {
        let mut bits = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array::<1>()?;
            bits |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok((bits >> 1).cast_signed() ^ -(bits & 1).cast_signed());
            }
        }
        Err(self.error("a number is too long"))
    }

    pub(super) fn int(&mut self) -> Result<i32, FormatError> {
        let value = self.long()?;
        i32::try_from(value).map_err(|_| self.error("an int is out of range"))
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], FormatError> {
        let count = self.long()?;
        let count = usize::try_from(count).map_err(|_| self.error("a length is negative"))?;
        self.take(count)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, FormatError> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes).map_err(|_| self.error("a string is not UTF-8"))
    }

    /// How many items the next block of an array or map has; 0 ends it.
    pub(super) fn block(&mut self) -> Result<u64, FormatError> {
        let count = self.long()?;
        if count < 0 {
            // The block's size in bytes follows a negative count; it is for readers that skip.
            self.long()?;
        }
        Ok(count.unsigned_abs())
    }
}
