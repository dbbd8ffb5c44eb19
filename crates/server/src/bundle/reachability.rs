//! Why a document that was served is not found any more. One that was deleted is gone; one that is merely out of reach, because
//! its folder is not mounted or nobody may read it, keeps being served as it was.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// Why a document is not found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reachability {
    /// It was deleted.
    Deleted,
    /// It is out of reach, for this reason.
    OutOfReach(String),
}

/// Looks where a document was. `roots` are the paths the operator named.
#[must_use]
pub(crate) fn of(path: &Path, roots: &[PathBuf]) -> Reachability {
    let out = |why: String| Reachability::OutOfReach(why);
    if let Some(root) = roots.iter().find(|root| path.starts_with(root) && !root.exists()) {
        return out(format!("{} does not exist any more", root.display()));
    }
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_dir() => out(format!("{} is a folder now", path.display())),
        Ok(_) => out(format!("{} is there, but its folder cannot be listed", path.display())),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Reachability::Deleted,
        Err(error) => out(format!("{}: {error}", path.display())),
    }
}
