//! What activation makes of a flow.

use std::sync::OnceLock;

use capstan_plan::{Flow, Outputs, Resumption};

use crate::{contract::check::Contract, response::shape::wanted::Wanted, template::functions::Functions};

/// An activated flow.
pub(crate) struct FlowState {
    pub(crate) contract: Contract,
    pub(crate) functions: Functions,
    wanted: OnceLock<Option<Box<Wanted>>>,
    /// How another process can go on with it, where it waits for a job and one can.
    pub(crate) resumption: Option<Box<Resumption>>,
}

impl FlowState {
    /// Makes a flow ready to run; what can wait for the first call does.
    pub(crate) fn activate(flow: &Flow, functions: Functions) -> Self {
        let resumption = flow.resumption().and_then(Result::ok).map(Box::new);
        Self { contract: Contract::new(flow), functions, wanted: OnceLock::new(), resumption }
    }

    /// What the mapping of the flow's only call reads of its answer.
    pub(crate) fn wanted(&self, outputs: &Outputs) -> Option<&Wanted> {
        self.wanted.get_or_init(|| Wanted::of(outputs).map(Box::new)).as_deref()
    }
}
