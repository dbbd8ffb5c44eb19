//! An upstream may close a kept connection just as it is used: a safe request is sent once more.

use super::{draft::Draft, reply::Response};
use crate::base::fault::{Fault, FaultKind, UpstreamFault};

/// Sends once more after a connection that was closed.
#[derive(Default)]
pub(super) struct Retry {
    done: bool,
}

impl Retry {
    pub(super) fn again(&mut self, draft: &Draft<'_>, outcome: &Result<Response, Fault>) -> bool {
        let closed = outcome.as_ref().is_err_and(|fault| fault.kind == FaultKind::Upstream(UpstreamFault::CutShort));
        let again = closed && draft.is_safe() && !self.done;
        self.done |= again;
        again
    }
}
