//! What lies on disk: which files are documents, what they held, the variables around them, and their plans. Knows nothing of
//! what runs or of how it is reached.
#![allow(clippy::disallowed_methods, reason = "the room of files and of the environment")]

pub(crate) mod archive;
pub mod compile;
pub mod discovery;
pub mod disk;
pub mod environment;
pub mod fingerprint;
pub(crate) mod proposal;
pub(crate) mod reachability;

pub use capstan_engine::workers;
