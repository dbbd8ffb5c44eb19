//! What every exchange uses of the process and of its engine.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    base::host::Host,
    base::mask::Mask,
    credential::tokens::Tokens,
    target::{overrides::Timeouts, upstreams::Upstreams},
};

/// What every exchange uses.
#[derive(Clone, Copy)]
pub(crate) struct Network<'a> {
    pub(crate) host: &'a Arc<dyn Host>,
    pub(crate) upstreams: Upstreams<'a>,
    pub(crate) tokens: &'a Tokens,
    pub(crate) timeouts: Timeouts,
    pub(crate) mask: &'a Mask,
}

impl Network<'_> {
    /// How long the head of a response may take.
    pub(super) fn first_byte(&self, deadline: Option<Instant>) -> Duration {
        match deadline {
            None => self.timeouts.first_byte,
            Some(deadline) => deadline.saturating_duration_since(Instant::now()).min(self.timeouts.first_byte),
        }
    }
}
