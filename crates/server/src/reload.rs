//! From what lies on disk to what is published: prepare, bind, publish, and what makes that begin. The start is the first reload.

pub(crate) mod bind;
pub(crate) mod candidate;
pub(crate) mod failures;
pub(crate) mod gate;
pub(crate) mod journal;
pub(crate) mod news;
pub(crate) mod operations;
pub(crate) mod pipeline;
pub(crate) mod prepare;
pub(crate) mod present;
pub(crate) mod preview;
pub(crate) mod publish;
pub(crate) mod sandbox;
pub(crate) mod watch;
