//! From what lies on disk to what is published: prepare, bind, publish, and what makes that begin. The start is the first reload.

pub(crate) mod bind;
pub mod candidate;
pub(crate) mod pipeline;
pub mod sandbox;
pub(crate) mod validate;
pub(crate) mod watch;
