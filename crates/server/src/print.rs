//! Fingerprints of files: whether a capability would be compiled from the same bytes again.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// What a file held; all zeros when it could not be read.
pub type Digest = [u8; 16];

/// The files a capability was made from, with what they held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Print {
    files: Box<[(PathBuf, Digest)]>,
}

impl Print {
    /// A print of these files.
    #[must_use]
    pub fn new(mut files: Vec<(PathBuf, Digest)>) -> Self {
        files.sort();
        files.dedup_by(|a, b| a.0 == b.0);
        Self { files: files.into() }
    }

    /// Whether the files still hold the same.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.files.iter().all(|(path, before)| digest_file(path) == *before)
    }

    /// The files.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(path, _)| path.as_path())
    }

    /// One short text for all of it.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        for (path, digest) in &self.files {
            hasher.update(path.as_os_str().as_encoded_bytes());
            hasher.update([0]);
            hasher.update(digest);
        }
        hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The digest of these bytes.
#[must_use]
pub fn digest(bytes: &[u8]) -> Digest {
    let full = Sha256::digest(bytes);
    let mut out = Digest::default();
    for (to, from) in out.iter_mut().zip(full.iter()) {
        *to = *from;
    }
    out
}

/// The digest of a file, or of the names in a folder.
#[must_use]
pub fn digest_file(path: &Path) -> Digest {
    match std::fs::read(path) {
        Ok(bytes) => digest(&bytes),
        Err(_) => match std::fs::read_dir(path) {
            Ok(entries) => {
                let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
                names.sort();
                let all: Vec<u8> = names.iter().flat_map(|name| [name.as_encoded_bytes(), b"/"].concat()).collect();
                digest(&all)
            }
            Err(_) => Digest::default(),
        },
    }
}
