//! Which server a request goes to: base URIs, what the operator puts in their place, sandboxes. Does not connect.

pub(crate) mod address;
pub(crate) mod base;
pub(crate) mod overrides;
pub(crate) mod routing;
pub(crate) mod upstreams;
