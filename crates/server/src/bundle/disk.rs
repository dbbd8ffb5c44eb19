//! The disk as the spec reads it. Remembers what it was asked for, so that a reload knows what a capability depends on.

use std::{
    cell::RefCell,
    io,
    path::{Path, PathBuf},
};

use bytes::Bytes;

use capstan_language::source::Files;

use capstan_engine::{Digest, digest, door};

use crate::bundle::fingerprint::{Fingerprint, Seen};

/// Nothing a capability consists of is larger.
const LARGEST: u64 = 32 << 20;

/// How many files of a folder are looked at for a name that is near.
const SUGGESTED: usize = 1_000;

/// The disk, remembering every file read or looked for. One per document.
#[derive(Debug, Default)]
pub struct Disk {
    seen: RefCell<Vec<Seen>>,
    /// A file that holds something else than lies there.
    other: Option<(PathBuf, Bytes)>,
}

impl Disk {
    /// The disk as it would be if `path` held this.
    #[must_use]
    pub fn with(path: &Path, text: Option<Bytes>) -> Self {
        Self { other: text.map(|text| (path.to_owned(), text)), ..Self::default() }
    }

    /// What was read so far, and these other files.
    #[must_use]
    pub fn fingerprint<'a>(self, others: impl Iterator<Item = &'a Path>) -> Fingerprint {
        let mut seen = self.seen.into_inner();
        let known: std::collections::HashSet<_> = Fingerprint::paths(&seen);
        let others: Vec<Seen> = others.filter(|path| !known.contains(*path)).map(Seen::now).collect();
        seen.extend(others);
        Fingerprint::new(seen)
    }
}

impl Files for Disk {
    fn read(&self, path: &Path) -> Result<Vec<u8>, io::Error> {
        if let Some((_, text)) = self.other.as_ref().filter(|(other, _)| other == path) {
            return Ok(text.to_vec());
        }
        let (outcome, meta) = match door::read_with(path, LARGEST) {
            Ok((bytes, meta)) => (Ok(bytes), Some(meta)),
            Err(error) => (Err(error), None),
        };
        // A folder in place of a file, or a file nobody may read, is known by its failing to be read.
        let digest = outcome.as_deref().map_or_else(|_| Digest::default(), digest);
        self.seen.borrow_mut().push(Seen::new(path.to_owned(), digest, meta.as_ref()));
        outcome
    }

    fn exists(&self, path: &Path) -> bool {
        let exists = path.is_file() || self.other.as_ref().is_some_and(|(other, _)| other == path);
        if !exists {
            self.seen.borrow_mut().push(Seen::new(path.to_owned(), Digest::default(), None));
        }
        exists
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        door::names(folder, SUGGESTED)
    }
}
