//! An error as a value. Its diagnostic is in the sink already; whoever holds the value has nothing to run or link.

use super::code::Code;
use crate::source::Span;

/// What is wrong with a declaration, and where.
#[derive(Clone, Debug)]
pub(crate) struct Defect {
    pub(crate) code: Code,
    pub(crate) message: String,
    /// Where it is written, when it is at one place.
    pub(crate) span: Option<Span>,
}
