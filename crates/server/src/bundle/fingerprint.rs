//! Fingerprints of files: whether something would be made from the same bytes again. Content decides; a file whose size, times
//! and inode are what they were when its content was last looked at is not read again.

use std::{
    collections::HashSet,
    fs::Metadata,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::OnceLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use capstan_engine::{Digest, digest, door, walk};
use sha2::{Digest as _, Sha256};

/// A file that changed this recently may change again without its times showing it.
const SETTLED: Duration = Duration::from_secs(2);

/// The files something was made from, with what they held.
#[derive(Debug, Default)]
pub struct Fingerprint {
    files: Box<[Seen]>,
}

/// One file as it was when it was looked at.
#[derive(Debug)]
pub struct Seen {
    path: PathBuf,
    digest: Digest,
    stamp: OnceLock<Stamp>,
}

/// What the file system says of a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    inode: (u64, u64),
}

impl Stamp {
    fn of(meta: &Metadata) -> Self {
        Self {
            size: meta.size(),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
            inode: (meta.dev(), meta.ino()),
        }
    }

    /// Whether the file has been left alone for long enough that a later change shows in its times.
    fn is_settled(self) -> bool {
        let last = self.modified.max(self.changed);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let last = Duration::from_secs(u64::try_from(last.0).unwrap_or(u64::MAX));
        last.checked_add(SETTLED).is_some_and(|settled| settled < now)
    }
}

impl Seen {
    /// A file that held `bytes`; `meta` was asked for before they were read.
    #[must_use]
    pub fn new(path: PathBuf, digest: Digest, meta: Option<&Metadata>) -> Self {
        let seen = Self { path, digest, stamp: OnceLock::new() };
        // The times of a folder say nothing of what lies deeper in it.
        seen.trust(meta.filter(|meta| meta.is_file()).map(Stamp::of));
        seen
    }

    /// Looks at a file now.
    #[must_use]
    pub fn now(path: &Path) -> Self {
        let meta = door::watched(path, || std::fs::metadata(path)).ok();
        Self::new(path.to_owned(), digest_file(path), meta.as_ref())
    }

    fn trust(&self, stamp: Option<Stamp>) {
        if let Some(stamp) = stamp.filter(|stamp| stamp.is_settled()) {
            // The first one stays; an equal one cannot follow a different one.
            let _ = self.stamp.set(stamp);
        }
    }

    fn is_current(&self) -> bool {
        let Ok(meta) = door::watched(&self.path, || std::fs::metadata(&self.path)) else {
            return self.digest == Digest::default();
        };
        let stamp = meta.is_file().then(|| Stamp::of(&meta));
        if stamp.is_some() && stamp.as_ref() == self.stamp.get() {
            return true;
        }
        let same = digest_file(&self.path) == self.digest;
        if same {
            self.trust(stamp);
        }
        same
    }
}

impl PartialEq for Fingerprint {
    fn eq(&self, other: &Self) -> bool {
        let pairs = |fingerprint: &Self| {
            fingerprint.files.iter().map(|seen| (seen.path.clone(), seen.digest)).collect::<Vec<_>>()
        };
        pairs(self) == pairs(other)
    }
}

impl Fingerprint {
    /// A fingerprint of these files.
    #[must_use]
    pub fn new(mut files: Vec<Seen>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        // Of a file that was looked at twice while it changed, neither look is trusted: it counts as changed.
        files.dedup_by(|later, kept| {
            let same = later.path == kept.path;
            if same && later.digest != kept.digest {
                kept.digest = [0xff; 16];
                kept.stamp = OnceLock::new();
            }
            same
        });
        Self { files: files.into() }
    }

    /// Which files were seen.
    #[must_use]
    pub fn paths(seen: &[Seen]) -> HashSet<PathBuf> {
        seen.iter().map(|seen| seen.path.clone()).collect()
    }

    /// A fingerprint of these files as they are now.
    #[must_use]
    pub fn of<'p>(paths: impl Iterator<Item = &'p Path>) -> Self {
        Self::new(paths.map(Seen::now).collect())
    }

    /// Whether the files still hold the same.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.files.iter().all(Seen::is_current)
    }

    /// The files.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|seen| seen.path.as_path())
    }

    /// Adds what the files held.
    pub fn feed(&self, hasher: &mut Sha256) {
        for seen in &self.files {
            feed(hasher, &seen.path, &seen.digest);
        }
    }

    /// Adds what the same files hold now.
    pub fn feed_now(&self, hasher: &mut Sha256) {
        for seen in &self.files {
            let digest = if seen.is_current() { seen.digest } else { digest_file(&seen.path) };
            feed(hasher, &seen.path, &digest);
        }
    }
}

fn feed(hasher: &mut Sha256, path: &Path, digest: &Digest) {
    hasher.update(path.as_os_str().as_encoded_bytes());
    hasher.update([0]);
    hasher.update(digest);
}

/// A hash as people read it.
#[must_use]
pub fn short(hasher: Sha256) -> String {
    hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The digest of a file, or of what a folder holds.
#[must_use]
pub fn digest_file(path: &Path) -> Digest {
    match door::read(path, door::LARGEST) {
        Ok(bytes) => digest(&bytes),
        Err(_) => walk(path).map(|tree| tree.digest()).unwrap_or_default(),
    }
}
