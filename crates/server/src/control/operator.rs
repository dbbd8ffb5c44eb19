//! What handlers of fixed routes are given: the process, and what is served where the request came in.

use std::sync::{Arc, Weak};

use capstan_plan::Control;
use http::{Extensions, StatusCode};

use super::{
    answers::{Refused, problem},
    operations::Operations,
};
use crate::publication::table::Table;

/// The way from a handler to the process. It keeps no process alive.
#[derive(Clone, Debug)]
pub(crate) struct Operator {
    operations: Weak<dyn Operations>,
}

impl Operator {
    /// The way to this process.
    pub(crate) fn new(operations: Weak<dyn Operations>) -> Self {
        Self { operations }
    }

    /// The process, or the answer when it ends.
    pub(super) fn get(&self) -> Result<Arc<dyn Operations>, Refused> {
        let ends = || problem(StatusCode::SERVICE_UNAVAILABLE, "draining", "this process ends");
        self.operations.upgrade().ok_or_else(|| ends().into())
    }
}

/// Where a request came in. Travels in its extensions.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    /// What the listener answers.
    pub(crate) table: Arc<Table>,
}

/// Which parts of the control plane are served where a request came in; none where there is none.
pub(super) fn served(extensions: &Extensions) -> Control {
    extensions.get::<Control>().cloned().unwrap_or_default()
}
