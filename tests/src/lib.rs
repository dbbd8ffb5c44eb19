//! The harness of the black-box tests: a scripted upstream, the real binary on real sockets, an HTTP and an MCP client, and the
//! runner of the Markdown specs; the measures of how the sources are cut; and the mutator, which alone asks a crate of the
//! product (the compiler, in process). What the harness cannot see from outside it does not test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a harness that cannot work should stop at once"
)]

pub mod binary;
pub mod capstan;
pub mod client;
pub mod mcp;
pub mod mutate;
pub mod shop;
pub mod spec;
pub mod structure;
pub mod upstream;
pub mod wire;

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in the repository").to_owned()
}

/// A folder with these files.
///
/// # Panics
/// When it cannot be written.
#[must_use]
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("there is a place for it");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a file stands in a folder")).expect("it can be written");
        fs::write(path, text).expect("it can be written");
    }
    folder
}
