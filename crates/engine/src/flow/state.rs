//! What activation makes of a flow.

use std::sync::OnceLock;

use capstan_plan::{Flow, Outputs};

use crate::{contract::check::Contract, response::shape::wanted::Wanted, template::functions::Functions};

/// An activated flow.
pub(crate) struct FlowState {
    pub(crate) contract: Contract,
    pub(crate) functions: Functions,
    wanted: OnceLock<Option<Box<Wanted>>>,
}

impl FlowState {
    /// Makes a flow ready to run; what can wait for the first call does.
    pub(crate) fn activate(flow: &Flow, functions: Functions) -> Self {
        Self { contract: Contract::new(flow), functions, wanted: OnceLock::new() }
    }

    /// What the mapping of the flow's only call reads of its answer.
    pub(crate) fn wanted(&self, outputs: &Outputs) -> Option<&Wanted> {
        self.wanted.get_or_init(|| Wanted::of(outputs).map(Box::new)).as_deref()
    }
}
