//! The one walk through a folder whose files are published: regular files in the order of their paths, and links to such that
//! stay inside. Hidden names and what is no text are left out; other links are remembered, not followed. Reads no content.
#![allow(clippy::disallowed_methods, reason = "the one walk through a folder that is published")]

use std::{
    fs::{self, DirEntry},
    io,
    path::{Path, PathBuf},
};

use super::{
    digest::{Digest, digest},
    door::{is_hidden, watched},
};

/// The most files of one folder, and how deep they may lie.
const FILES: usize = 10_000;
const DEPTH: usize = 16;

/// What a folder holds.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Where it really is.
    pub root: PathBuf,
    /// The files in order of their names.
    pub files: Vec<TreeFile>,
    /// Links to folders, and links that lead elsewhere.
    pub links: Vec<TreeLink>,
    /// The folder itself and every folder in it that was looked into.
    pub folders: Vec<PathBuf>,
    /// Whether there are more files than were looked at.
    pub truncated: bool,
}

/// One file below a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeFile {
    /// Its path below the folder, with slashes.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
}

/// One link below a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeLink {
    /// Its path below the folder, with slashes.
    pub name: String,
    /// Where it leads.
    pub target: PathBuf,
}

impl Tree {
    /// The digest of names, sizes and links: what is not read is known by them.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut all = Vec::new();
        for file in &self.files {
            all.extend_from_slice(file.name.as_bytes());
            all.push(0);
            all.extend_from_slice(&file.size.to_le_bytes());
        }
        for link in &self.links {
            all.extend_from_slice(link.name.as_bytes());
            all.push(0);
            all.extend_from_slice(link.target.as_os_str().as_encoded_bytes());
        }
        digest(&all)
    }
}

/// Walks through `folder`.
///
/// # Errors
/// What the file system says of the folder itself; what cannot be read inside it is left out.
pub fn walk(folder: &Path) -> io::Result<Tree> {
    let mut tree = Tree { root: watched(folder, || folder.canonicalize())?, ..Tree::default() };
    enter(folder, "", DEPTH, &mut tree)?;
    tree.files.sort_by(|a, b| a.name.cmp(&b.name));
    tree.links.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tree)
}

fn enter(folder: &Path, prefix: &str, depth: usize, tree: &mut Tree) -> io::Result<()> {
    let entries = watched(folder, || fs::read_dir(folder))?;
    tree.folders.push(folder.to_owned());
    for entry in entries.flatten() {
        // A name that is not text cannot be asked for.
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') || name.contains('\\') {
            continue;
        }
        let Ok(kind) = entry.file_type() else { continue };
        let name = format!("{prefix}{name}");
        if kind.is_dir() {
            if depth > 0 {
                // A folder nobody may read is an empty one.
                let _ = enter(&entry.path(), &format!("{name}/"), depth - 1, tree);
            }
        } else if let Some(found) = found(&tree.root, &entry, kind.is_symlink()) {
            if tree.files.len() + tree.links.len() == FILES {
                tree.truncated = true;
                return Ok(());
            }
            match found {
                Found::File(size) => tree.files.push(TreeFile { name, size }),
                Found::Link(target) => tree.links.push(TreeLink { name, target }),
            }
        }
    }
    Ok(())
}

/// What is no folder.
enum Found {
    /// A regular file that really is below the root, with its size.
    File(u64),
    /// A link to something else, with where it leads.
    Link(PathBuf),
}

fn found(root: &Path, entry: &DirEntry, is_link: bool) -> Option<Found> {
    if !is_link {
        let meta = entry.metadata().ok()?;
        return meta.is_file().then_some(Found::File(meta.len()));
    }
    let target = entry.path().canonicalize().ok()?;
    let meta = fs::metadata(&target).ok()?;
    match target.strip_prefix(root) {
        // A link does not publish what is hidden.
        Ok(inside) if is_hidden(inside) => None,
        Ok(_) if meta.is_file() => Some(Found::File(meta.len())),
        _ => Some(Found::Link(target)),
    }
}
