//! Serves engines: files become snapshots, snapshots answer on listeners. The only crate that knows sockets and protocols;
//! it neither reads YAML itself (`capstan-language`) nor talks to upstreams (`capstan-engine`).
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests own their files"))]
// The protocol library nests futures deeper than the default allows.
#![recursion_limit = "256"]

pub mod adapter;
pub mod auth;
pub mod bundle;
pub mod capability;
mod control;
pub mod finding;
#[cfg(test)]
mod fixture;
pub mod http;
pub mod inprocess;
mod listen;
pub mod metrics;
pub mod openapi;
pub mod publication;
mod reload;
pub mod routing;
pub mod serve;
pub mod settings;
pub mod shared;

pub use listen::ListenerInfo;
pub use publication::report::{Report, StartError};
pub use serve::{Running, serve};
pub use settings::Settings;
