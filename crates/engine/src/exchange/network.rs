//! What every exchange uses of the process and of its engine.

use std::sync::Arc;

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
