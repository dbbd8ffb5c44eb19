//! Serves engines: files become snapshots, snapshots answer on listeners. The only crate that knows sockets and protocols;
//! it neither reads YAML itself (`capstan-language`) nor talks to upstreams (`capstan-engine`).
// The protocol library nests futures deeper than the default allows.
#![recursion_limit = "256"]

mod absence;
mod access;
mod activation;
pub mod adapter;
mod arrange;
pub mod body;
pub mod bundle;
pub mod candidate;
pub mod capability;
mod clock;
pub mod compile;
pub mod contract;
mod control;
pub mod disk;
mod dispatch;
pub mod environment;
pub mod finding;
#[cfg(test)]
mod fixture;
pub mod gateway;
pub mod guard;
pub mod history;
mod index;
pub mod layout;
pub mod listen;
pub mod metrics;
pub mod print;
pub mod problem;
mod reload;
pub mod router;
pub mod sandbox;
pub mod serve;
pub mod settings;
pub mod shared;
pub mod snapshot;
pub mod standing;
mod status;
pub mod table;
pub mod tombstone;
mod validate;
mod watch;

pub use serve::{ListenerInfo, Report, Running, StartError, serve};
pub use settings::Settings;
