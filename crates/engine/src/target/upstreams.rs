//! The way to upstreams: the HTTP clients of the process, where their answers wait, and what the operator decided about where requests go.

use std::sync::Arc;

use super::routing::Routing;
use crate::{
    base::workers::Turns,
    wire::{buffers::Buffers, clients::Clients},
};

/// How upstreams are reached.
#[derive(Clone, Copy)]
pub(crate) struct Upstreams<'a> {
    pub(crate) clients: &'a Clients,
    pub(crate) routing: &'a Routing,
    pub(crate) buffers: &'a Arc<Buffers>,
    pub(crate) turns: &'a Turns,
}
