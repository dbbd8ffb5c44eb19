//! One file and what became of it.

use std::path::PathBuf;

use capstan_language::migrate::Migrated;

/// One file and what became of it.
pub(super) struct File {
    pub(super) from: PathBuf,
    /// Where it goes.
    pub(super) to: PathBuf,
    pub(super) before: String,
    pub(super) after: Migrated,
}
