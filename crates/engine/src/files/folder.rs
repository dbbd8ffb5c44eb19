//! The files of a published folder: what lay in it when the plan was activated, in the order of their names. Finding one opens
//! nothing.

use std::path::{Path, PathBuf};

use crate::{base::walk::TreeLink, files::content::Content};

/// How many links may lie on the way to a file.
const LINKS: usize = 8;

/// A folder as it was.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    root: PathBuf,
    files: Box<[FolderFile]>,
    links: Box<[TreeLink]>,
    truncated: bool,
}

/// What a path below a folder leads to.
#[derive(Clone, Copy, Debug)]
pub enum Found<'f> {
    /// A file of it.
    File(&'f FolderFile),
    /// Something outside of the folder, which is not given out.
    Outside,
    /// Nothing.
    Nothing,
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
    /// A folder that is at `root`, with these files and links in the order of their names; `truncated` when there were more.
    pub(crate) fn new(root: PathBuf, files: Vec<FolderFile>, links: Vec<TreeLink>, truncated: bool) -> Self {
        Self { root, files: files.into(), links: links.into(), truncated }
    }

    /// Its files in the order of their names.
    #[must_use]
    pub fn files(&self) -> &[FolderFile] {
        &self.files
    }

    /// What `name`, a path of plain names, leads to.
    #[must_use]
    pub fn find(&self, name: &str) -> Found<'_> {
        let mut name = name.to_owned();
        for _ in 0..LINKS {
            if let Ok(at) = self.files.binary_search_by(|file| (*file.name).cmp(&*name)) {
                return self.files.get(at).map_or(Found::Nothing, Found::File);
            }
            let rest =
                |link: &TreeLink| Path::new(&name).strip_prefix(&link.name).map(|rest| link.target.join(rest)).ok();
            let Some(real) = self.links.iter().find_map(rest) else { return Found::Nothing };
            match real.strip_prefix(&self.root).map(|inside| inside.to_str().map(str::to_owned)) {
                Ok(Some(inside)) => name = inside,
                Ok(None) | Err(_) => return Found::Outside,
            }
        }
        Found::Nothing
    }

    /// Whether it holds more files than are published.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }
}
