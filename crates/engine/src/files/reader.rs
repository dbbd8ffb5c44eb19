//! Reads files for one activation, and remembers which, with what they held: a reload makes the activation anew when one of
//! them holds something else.

use std::{io, path::PathBuf, sync::Arc};

use capstan_plan::FilePath;
use zeroize::Zeroizing;

use crate::{
    base::{
        digest::{Digest, digest},
        host::Host,
    },
    files::{
        content::Content,
        folder::{Folder, FolderFile},
        kept::KeptFiles,
    },
};

/// Files up to this size are kept.
const KEPT: usize = 1 << 20;
/// What the folders of one plan may keep all together; what is beyond is published by its digest.
const KEPT_OF_FOLDERS: usize = 32 << 20;
/// Files of folders beyond this size are not given out.
const GIVEN_OUT: u64 = 10 << 20;

/// A file or folder that was read, or could not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it held; of a folder, which files.
    pub digest: Digest,
}

/// Reads files of one plan.
pub(crate) struct Reader<'r> {
    host: &'r Arc<dyn Host>,
    kept: &'r KeptFiles,
    seen: Vec<ReadFile>,
    /// Texts that nobody may see.
    secrets: Vec<Zeroizing<String>>,
    kept_of_folders: usize,
}

impl<'r> Reader<'r> {
    pub(crate) fn new(host: &'r Arc<dyn Host>, kept: &'r KeptFiles) -> Self {
        Self { host, kept, seen: Vec::new(), secrets: Vec::new(), kept_of_folders: 0 }
    }

    /// What was read.
    pub(crate) fn into_seen(self) -> Box<[ReadFile]> {
        self.seen.into_boxed_slice()
    }

    /// A whole file.
    pub(crate) fn bytes(&mut self, path: &FilePath) -> io::Result<Vec<u8>> {
        let read = self.host.read(path.as_str());
        self.saw(path.as_ref().to_owned(), read.as_deref().map_or_else(|_| Digest::default(), digest));
        read
    }

    /// A text.
    pub(crate) fn text(&mut self, path: &FilePath) -> io::Result<Arc<str>> {
        let bytes = self.bytes(path)?;
        self.shared_text(bytes)
    }

    /// The bytes of a file that is parsed more than once.
    pub(crate) fn shared_bytes(&mut self, path: &FilePath) -> io::Result<Arc<[u8]>> {
        let bytes = self.bytes(path)?;
        Ok(self.kept.bytes.share(digest(&bytes), bytes))
    }

    /// A secret text: not shared with anyone.
    pub(crate) fn secret(&mut self, path: &FilePath) -> io::Result<Zeroizing<String>> {
        let bytes = self.bytes(path)?;
        let text = String::from_utf8(bytes).map(Zeroizing::new).map_err(|_| not_text())?;
        self.secrets.push(text.clone());
        Ok(text)
    }

    /// The secret texts that were read.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(|text| text.as_str())
    }

    /// A text that does not lie outside of `folder`.
    pub(crate) fn text_below(&mut self, folder: &FilePath, path: &FilePath) -> io::Result<Arc<str>> {
        let name = path.as_str().strip_prefix(folder.as_str()).unwrap_or(path.as_str()).trim_start_matches('/');
        let read = self.host.read_below(folder.as_ref(), name);
        // What lies elsewhere is remembered by what is there, so that a change is seen.
        let held = read.as_deref().map_or_else(|_| self.digest_of(path.as_str()), digest);
        self.saw(path.as_ref().to_owned(), held);
        self.shared_text(read?)
    }

    fn shared_text(&self, bytes: Vec<u8>) -> io::Result<Arc<str>> {
        let held = digest(&bytes);
        let text = String::from_utf8(bytes).map_err(|_| not_text())?;
        Ok(self.kept.texts.share(held, text))
    }

    /// A file that is given out as it is.
    pub(crate) fn content(&mut self, path: &FilePath) -> io::Result<Content> {
        let bytes = self.bytes(path)?;
        let held = digest(&bytes);
        Ok(match bytes.len() <= KEPT {
            true => Content::Kept(self.kept.bytes.share(held, bytes)),
            false => Content::published(Arc::clone(self.host), None, path.as_str(), held),
        })
    }

    /// Everything that is published of a folder; nothing of one that is not there. What is `secret`, a file or a folder, never is.
    pub(crate) fn folder(&mut self, path: &FilePath, secret: &[&FilePath]) -> Folder {
        let Ok(tree) = self.host.walk(path.as_ref()) else {
            self.saw(path.as_ref().to_owned(), Digest::default());
            return Folder::default();
        };
        self.saw(path.as_ref().to_owned(), tree.digest());
        let crate::base::walk::Tree { root, files, links, truncated, .. } = tree;
        let file = |file: crate::base::walk::TreeFile| {
            let content = self.published(path, &file.name, file.size);
            FolderFile { name: file.name.into(), size: file.size, content }
        };
        let is_secret = |name: &str| {
            let at = path.join(name);
            secret.iter().any(|secret| std::path::Path::new(at.as_str()).starts_with(secret.as_str()))
        };
        let files = files.into_iter().filter(|file| !is_secret(&file.name)).map(file).collect();
        Folder::new(root, files, links, truncated)
    }

    fn published(&mut self, folder: &FilePath, name: &str, size: u64) -> Content {
        if size > GIVEN_OUT {
            // Known by its name and size, which are part of what the folder held.
            return Content::TooLarge;
        }
        let at = folder.join(name);
        let bytes = match self.host.read_below(folder.as_ref(), name) {
            Ok(bytes) => bytes,
            Err(error) => {
                let held = self.digest_of(at.as_str());
                self.saw(at.as_ref().to_owned(), held);
                return Content::Unreadable(error.kind().to_string().into());
            }
        };
        let held = digest(&bytes);
        self.saw(at.as_ref().to_owned(), held);
        if bytes.len() <= KEPT && self.kept_of_folders + bytes.len() <= KEPT_OF_FOLDERS {
            self.kept_of_folders += bytes.len();
            return Content::Kept(self.kept.bytes.share(held, bytes));
        }
        Content::published(Arc::clone(self.host), Some(folder.as_ref().to_owned()), name, held)
    }

    fn digest_of(&self, path: &str) -> Digest {
        self.host.read(path).map_or_else(|_| Digest::default(), |bytes| digest(&bytes))
    }

    fn saw(&mut self, path: PathBuf, digest: Digest) {
        self.seen.push(ReadFile { path, digest });
    }
}

fn not_text() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8")
}

#[cfg(test)]
mod tests {
    use std::{path::Path, time::SystemTime};

    use super::*;
    use crate::base::walk::{Tree, TreeFile};

    /// A machine with a folder of files that hold their name's first letter, as often as the number after it says.
    struct Machine(Vec<(&'static str, usize)>);

    impl Host for Machine {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH
        }

        fn random(&self, _: &mut [u8]) {}

        fn read(&self, path: &str) -> io::Result<Vec<u8>> {
            let held = self.0.iter().find(|(name, _)| path == format!("folder/{name}"));
            let (name, size) = held.ok_or(io::ErrorKind::NotFound)?;
            Ok(name.repeat(*size).into_bytes())
        }

        fn walk(&self, _: &Path) -> io::Result<Tree> {
            let file = |(name, size): &(&str, usize)| TreeFile { name: (*name).to_owned(), size: *size as u64 };
            Ok(Tree { files: self.0.iter().map(file).collect(), ..Tree::default() })
        }
    }

    #[test]
    fn small_files_are_kept_until_there_are_too_many_and_large_ones_published() {
        let mut held = vec![("a", 10), ("b", KEPT + 1), ("c", usize::try_from(GIVEN_OUT).unwrap() + 1)];
        let many = "defghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";
        held.extend((0..many.len()).map(|at| (&many[at..=at], KEPT)));
        let (host, kept): (Arc<dyn Host>, _) = (Arc::new(Machine(held)), KeptFiles::default());
        let mut reader = Reader::new(&host, &kept);
        let folder = reader.folder(&FilePath::beside("", "folder").unwrap(), &[]);
        let contents: Vec<&Content> = folder.files().iter().map(|file| &file.content).collect();
        assert!(matches!(contents[..3], [Content::Kept(_), Content::Published(_), Content::TooLarge]));
        let kept = contents[3..].iter().filter(|content| matches!(content, Content::Kept(_))).count();
        assert_eq!(kept, KEPT_OF_FOLDERS / KEPT - 1, "what was kept of `a` counts too");
        assert!(contents[3..].iter().all(|content| !matches!(content, Content::TooLarge)));
        assert_eq!(reader.into_seen().len(), 1 + 2 + 40, "the folder and all that was read of it");
    }

    #[test]
    fn what_cannot_be_read_is_remembered_too() {
        let (host, kept): (Arc<dyn Host>, _) = (Arc::new(Machine(Vec::new())), KeptFiles::default());
        let mut reader = Reader::new(&host, &kept);
        let path = FilePath::beside("folder", "gone").unwrap();
        assert!(reader.text(&path).is_err() && reader.text_below(&path, &path.join("x")).is_err());
        let seen = reader.into_seen();
        assert!(seen.len() == 2 && seen.iter().all(|file| file.digest == Digest::default()));
    }
}
