//! A gate nobody passes: a secret has no value, or what is declared cannot be checked.

use capstan_engine::Fault;
use capstan_plan::Origin;
use http::{Response, StatusCode};

use crate::http::{body::Body, problem};

/// Why nobody passes.
pub enum Closed {
    /// A secret has no value.
    Fault(Fault),
    /// What is declared cannot be checked.
    Defect(Defect),
}

/// A declaration that cannot be checked.
#[derive(Debug)]
pub struct Defect {
    code: &'static str,
    detail: String,
    origin: Origin,
}

impl Defect {
    pub(super) fn new(code: &'static str, detail: impl Into<String>, origin: &Origin) -> Self {
        Self { code, detail: detail.into(), origin: origin.clone() }
    }
}

impl From<Fault> for Closed {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Defect> for Closed {
    fn from(defect: Defect) -> Self {
        Self::Defect(defect)
    }
}

impl Closed {
    pub(super) fn answer(&self) -> Response<Body> {
        match self {
            Self::Fault(fault) => problem::of_fault(fault, &[], |_| None),
            Self::Defect(Defect { code, detail, origin }) => {
                problem::declared_at(StatusCode::SERVICE_UNAVAILABLE, code, detail.as_str(), origin)
            }
        }
    }
}
