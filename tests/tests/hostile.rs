//! Hostile callers, and how a process ends, over the real binary: who stalls, drips, floods or names the wrong host; who still writes
//! when the answer is there; full disks, no file descriptors, signals. Limits are set low; nothing waits for luck.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

#[path = "hostile/drippers.rs"]
mod drippers;
#[path = "hostile/early.rs"]
mod early;
#[path = "hostile/end.rs"]
mod end;
#[path = "hostile/exhausted.rs"]
mod exhausted;
#[path = "hostile/frames.rs"]
mod frames;
#[path = "hostile/hosts.rs"]
mod hosts;
#[path = "hostile/load.rs"]
mod load;
#[path = "hostile/principals.rs"]
mod principals;
#[path = "hostile/sessions.rs"]
mod sessions;
#[path = "hostile/site.rs"]
mod site;
#[path = "hostile/slow.rs"]
mod slow;
#[path = "hostile/stdio.rs"]
mod stdio;
#[path = "hostile/upload.rs"]
mod upload;
