//! The files of a published folder: what lay in it when the plan was activated, in the order of their names.

use crate::files::content::Content;

/// A folder as it was.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    files: Box<[FolderFile]>,
    truncated: bool,
}

/// One file of a folder.
#[derive(Clone, Debug)]
pub struct FolderFile {
    /// Its path below the folder, with slashes.
    pub name: Box<str>,
    /// Its size in bytes.
    pub size: u64,
    /// What it holds.
    pub content: Content,
}

impl Folder {
    /// A folder with these files, which are in the order of their names; `truncated` when there were more.
    pub(crate) fn new(files: Vec<FolderFile>, truncated: bool) -> Self {
        Self { files: files.into_boxed_slice(), truncated }
    }

    /// Its files in the order of their names.
    #[must_use]
    pub fn files(&self) -> &[FolderFile] {
        &self.files
    }

    /// The file of that path.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&FolderFile> {
        let at = self.files.binary_search_by(|file| (*file.name).cmp(name)).ok()?;
        self.files.get(at)
    }

    /// Whether it holds more files than are published.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }
}
