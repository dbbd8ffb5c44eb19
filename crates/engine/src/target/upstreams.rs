//! The way to upstreams: the HTTP clients of the process, and what the operator decided about where requests go.

use super::routing::Routing;
use crate::wire::clients::Clients;

/// How upstreams are reached.
#[derive(Clone, Copy)]
pub(crate) struct Upstreams<'a> {
    pub(crate) clients: &'a Clients,
    pub(crate) routing: &'a Routing,
}
