//! The engine against a local upstream: streaming, bodies cut short, time limits, credentials, steps.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]

#[path = "upstream/answers.rs"]
mod answers;
#[path = "upstream/credentials.rs"]
mod credentials;
#[path = "upstream/fixture.rs"]
mod fixture;
#[path = "upstream/flows.rs"]
mod flows;
#[path = "upstream/raw.rs"]
mod raw;
#[path = "upstream/requests.rs"]
mod requests;
