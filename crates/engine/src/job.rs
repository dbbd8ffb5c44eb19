//! What takes longer than a request: when to ask an upstream how far it is and what its answer means ([`machine`]), where an address
//! it names may lead ([`address`]), and what outlives the request that began it: sealed handles ([`seal`], [`handle`]), jobs that run
//! ([`running`]) and all of those of the process, with the results that are kept ([`registry`]). Sends nothing: that is a flow's work.

pub(crate) mod address;
pub(crate) mod handle;
pub(crate) mod machine;
pub(crate) mod registry;
pub(crate) mod running;
pub(crate) mod seal;
pub(crate) mod view;
