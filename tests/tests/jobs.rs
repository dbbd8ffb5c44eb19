//! Operations whose answer takes long, over the real binary: REST and MCP, and what a reload, a restart or another caller make of
//! their handles.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

#[path = "jobs/mcp.rs"]
mod mcp;
#[path = "jobs/rest.rs"]
mod rest;
#[path = "jobs/resume.rs"]
mod resume;
#[path = "jobs/site.rs"]
mod site;
