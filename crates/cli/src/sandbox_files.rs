//! Which sandbox files stand beside a capability.

use std::path::{Path, PathBuf};

use capstan_language::discover::{self, Candidate};

/// The sandbox files in a folder, in order of their names.
#[allow(clippy::disallowed_methods, reason = "the command line reads folders the operator names")]
pub(crate) fn beside(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|path| discover::file(path) == Candidate::Sandbox);
    files.sort();
    files
}
