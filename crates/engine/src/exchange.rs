//! One upstream exchange: a request sent, with what its credential computes, and the second tries that redirects,
//! challenges and closed connections ask for. Does not build requests nor read bodies.

pub(crate) mod client;
pub(crate) mod network;
pub(crate) mod run;
