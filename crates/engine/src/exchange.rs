//! One upstream exchange: a request sent, with what its credential computes, and the further attempts that its policies ask
//! for. Does not build requests nor read bodies.

mod challenge;
pub(crate) mod client;
pub(crate) mod draft;
pub(crate) mod limits;
pub(crate) mod network;
mod policies;
mod record;
mod redirect;
pub(crate) mod reply;
mod retry;
pub(crate) mod run;
mod send;
pub(crate) mod state;
pub(crate) mod usable;
