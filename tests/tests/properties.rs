//! Properties that hold for any input. Any text is parsed or diagnosed, never a panic; what a caller gives never leaves the place
//! where the author put it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

#[path = "properties/answers.rs"]
mod answers;
#[path = "properties/documents.rs"]
mod documents;
#[path = "properties/examples.rs"]
mod examples;
#[path = "properties/places.rs"]
mod places;

/// How many cases to try, unless `PROPTEST_CASES` says otherwise.
fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usual)
}
