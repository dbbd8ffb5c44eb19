//! Why something cannot be linked, as a value. Its diagnostic is in the sink already.

use super::call::NoTarget;
use crate::{diagnostic::Code, model::Defect, source::Span};

/// What is wrong with a unit.
pub(super) struct Broken {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) span: Option<Span>,
}

impl From<Defect> for Broken {
    fn from(defect: Defect) -> Self {
        Self { code: defect.code, message: defect.message, span: defect.span }
    }
}

impl From<NoTarget> for Broken {
    fn from(no: NoTarget) -> Self {
        Self { code: no.code, message: no.message, span: Some(no.span) }
    }
}
