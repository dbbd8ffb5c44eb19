//! Jobs against a local upstream, by a clock that moves when somebody waits: ten minutes take milliseconds.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]

#[path = "jobs/asking.rs"]
mod asking;
#[path = "jobs/calls.rs"]
mod calls;
#[path = "jobs/clock.rs"]
mod clock;
#[path = "jobs/fixture.rs"]
mod fixture;
#[path = "jobs/handles.rs"]
mod handles;
#[path = "upstream/raw.rs"]
mod raw;
#[path = "jobs/results.rs"]
mod results;
