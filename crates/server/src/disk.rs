//! The disk as the spec reads it. Remembers what it was asked for, so that a reload knows what a capability depends on.

use std::{
    cell::RefCell,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use capstan_spec::source::Files;

use crate::print::{Digest, Print, digest};

/// Nothing a capability consists of is larger; what lies beyond is not read.
const LARGEST: u64 = 32 << 20;

/// The disk, remembering every file read or looked for. One per document.
#[derive(Debug, Default)]
pub struct Disk {
    seen: RefCell<Vec<(PathBuf, Digest)>>,
}

impl Disk {
    /// What was read so far, and these other files.
    #[must_use]
    pub fn print<'a>(self, others: impl Iterator<Item = &'a Path>) -> Print {
        let mut seen = self.seen.into_inner();
        for path in others {
            if !seen.iter().any(|(known, _)| known == path) {
                seen.push((path.to_owned(), crate::print::digest_file(path)));
            }
        }
        Print::new(seen)
    }
}

impl Files for Disk {
    fn read(&self, path: &Path) -> Result<Vec<u8>, io::Error> {
        let mut bytes = Vec::new();
        let outcome = File::open(path).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes));
        let digest = if outcome.is_ok() { digest(&bytes) } else { Digest::default() };
        self.seen.borrow_mut().push((path.to_owned(), digest));
        outcome.map(|_| bytes)
    }

    fn exists(&self, path: &Path) -> bool {
        let exists = path.is_file();
        if !exists {
            self.seen.borrow_mut().push((path.to_owned(), Digest::default()));
        }
        exists
    }
}
