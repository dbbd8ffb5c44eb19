//! Reload, on real files and sockets: every way to save, last good versions, listeners, what is in flight, what is told of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

#[path = "reload/address.rs"]
mod address;
#[path = "reload/chaos.rs"]
mod chaos;
#[path = "reload/files.rs"]
mod files;
#[path = "reload/flight.rs"]
mod flight;
#[path = "reload/gate.rs"]
mod gate;
#[path = "reload/good.rs"]
mod good;
#[path = "reload/live.rs"]
mod live;
#[path = "reload/proposal.rs"]
mod proposal;
#[path = "reload/said.rs"]
mod said;
#[path = "reload/saves.rs"]
mod saves;
#[path = "reload/site.rs"]
mod site;
#[path = "reload/truth.rs"]
mod truth;
