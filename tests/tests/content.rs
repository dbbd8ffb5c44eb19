//! What callers, upstreams and files may hold, in hostile forms: it is read, passed on as it came, or refused, and nothing is done
//! that nobody asked for. Each test is a table of cases over the real binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

#[path = "content/answers.rs"]
mod answers;
#[path = "content/bodies.rs"]
mod bodies;
#[path = "content/files.rs"]
mod files;
#[path = "content/paths.rs"]
mod paths;
#[path = "content/secrets.rs"]
mod secrets;
#[path = "content/site.rs"]
mod site;
