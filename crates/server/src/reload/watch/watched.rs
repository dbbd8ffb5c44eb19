//! Which folders are watched for a state, and which of the things that happen in them matter to it.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use capstan_language::discover;
use capstan_plan::BindingSource;

use crate::{
    capability::instance::Capability,
    publication::{snapshot::Snapshot, state::PublicationState},
    settings::Settings,
};

/// What matters.
#[derive(Debug, Default)]
pub(super) struct Watched {
    /// Folders to watch, with their inodes; none when one does not exist.
    pub(super) folders: BTreeMap<PathBuf, Option<u64>>,
    /// Files that something was made from, or looked for.
    inputs: HashSet<PathBuf>,
    /// Folders in which any document matters.
    bundles: HashSet<PathBuf>,
    /// Folders in which every file matters.
    contents: BTreeSet<PathBuf>,
    /// Folders that do not exist yet.
    awaited: BTreeSet<PathBuf>,
}

impl Watched {
    /// What matters to what runs and to what was turned down.
    pub(super) fn of(settings: &Settings, snapshot: &Snapshot, state: &PublicationState) -> Self {
        let mut watched = Self::default();
        let mut parents = BTreeSet::new();
        for path in &settings.paths {
            let path = absolute(path);
            parents.extend(path.parent().map(Path::to_owned));
            watched.inputs.insert(path.clone());
            // While it does not exist, what it was made of is awaited.
            parents.insert(if path.is_file() { path.parent().map(Path::to_owned).unwrap_or_default() } else { path });
        }
        for folder in &state.folders {
            let folder = absolute(folder);
            parents.insert(folder.clone());
            watched.bundles.insert(folder);
        }
        let files = settings.env_file.iter().cloned().chain([PathBuf::from(".env")]);
        let mut inputs: BTreeSet<PathBuf> = files.map(|file| absolute(&file)).collect();
        let sandboxes = state.sandboxes.values().map(|sandbox| &sandbox.capability);
        for capability in snapshot.catalogue.capabilities.values().chain(state.rejected.values()).chain(sandboxes) {
            inputs.extend(files_of(capability));
        }
        for input in inputs {
            let linked = std::fs::symlink_metadata(&input).is_ok_and(|meta| meta.is_symlink());
            if linked && let Ok(target) = input.canonicalize() {
                parents.extend(target.parent().map(Path::to_owned));
                watched.inputs.insert(target);
            }
            if input.is_dir() {
                parents.insert(input.clone());
                parents.extend(capstan_engine::walk(&input).map(|tree| tree.folders).unwrap_or_default());
                watched.contents.insert(input.clone());
            }
            parents.extend(input.parent().map(Path::to_owned));
            watched.inputs.insert(input);
        }
        for folder in parents {
            watched.watch(folder);
        }
        watched
    }

    /// Watches a folder, whatever is a link on the way to it, and what does not exist yet from where it would appear.
    fn watch(&mut self, folder: PathBuf) {
        for part in folder.ancestors() {
            if std::fs::symlink_metadata(part).is_ok_and(|meta| meta.is_symlink())
                && let Some(above) = part.parent()
            {
                self.folders.insert(above.to_owned(), inode(above));
            }
        }
        let mut there = folder.clone();
        while !there.is_dir() {
            self.awaited.insert(there.clone());
            if !there.pop() {
                return;
            }
        }
        let inode = inode(&there);
        self.folders.insert(there, inode);
    }

    /// Whether something that happened to these paths matters.
    pub(super) fn concerns(&self, paths: &[PathBuf]) -> bool {
        paths.is_empty() || paths.iter().any(|path| self.matters(path))
    }

    fn matters(&self, path: &Path) -> bool {
        if self.inputs.contains(path) || self.folders.contains_key(path) {
            return true;
        }
        if self.awaited.iter().any(|folder| folder.starts_with(path)) {
            return true;
        }
        let Some(parent) = path.parent() else { return true };
        if is_scratch(path) {
            return false;
        }
        if self.contents.iter().any(|folder| path.starts_with(folder)) {
            return true;
        }
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        // Kubernetes swaps `..data`.
        if name.starts_with("..") || std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink()) {
            return true;
        }
        self.bundles.contains(parent)
            && (discover::file(path) != discover::Candidate::No || (path.is_dir() && discover::folder(path)))
    }
}

/// What editors write beside a file while they save it.
fn is_scratch(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.ends_with('~')
        || name.starts_with(".#")
        || name.starts_with('#')
        || name.starts_with(".goutputstream")
        || name == "4913"
        || [".swp", ".swo", ".swx", ".tmp", ".bak", "___jb_tmp___", "___jb_old___"]
            .iter()
            .any(|end| name.ends_with(end))
}

/// Every file a capability was made from.
fn files_of(capability: &Capability) -> Vec<PathBuf> {
    let folder = capability.folder();
    let mut files: Vec<PathBuf> = vec![absolute(&capability.path), absolute(&folder.join(".env"))];
    files.extend(capability.fingerprint.files().chain(capability.activation.files().files()).map(absolute));
    for binding in capability.plan().into_iter().flat_map(|plan| &plan.bindings) {
        if let BindingSource::File { path, .. } = &binding.source {
            files.push(absolute(path.as_ref()));
        }
    }
    files
}

fn inode(folder: &Path) -> Option<u64> {
    std::fs::metadata(folder).ok().map(|meta| meta.ino())
}

/// A path with all that `.` and the working directory stand for.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
