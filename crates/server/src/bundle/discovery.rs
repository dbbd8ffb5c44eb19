//! From the paths an operator names to the documents of the bundle. Knows names only; whether a file is a capability shows
//! when it is compiled.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use capstan_engine::door;
use capstan_language::discover::{self, Candidate};

/// Folders nested deeper are not looked at: links may go round in circles.
const DEEPEST: usize = 32;

/// One file that may be a capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The path in the bundle without extension.
    pub id: Arc<str>,
    /// Where it is.
    pub path: PathBuf,
    /// Whether it was named itself: then it must be a capability.
    pub named: bool,
    /// Whether it stands in for upstreams (`*.sandbox.*`).
    pub sandbox: bool,
    /// What it holds, when that is not what lies on disk.
    pub text: Option<Bytes>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    /// Documents by id, which is the order in which they claim routes and ports.
    pub sources: BTreeMap<Arc<str>, Source>,
    /// Sandboxes by id.
    pub sandboxes: BTreeMap<Arc<str>, Source>,
    /// Files whose id another file has already.
    pub clashes: Vec<Source>,
    /// Folders that could not be read, and what is no file, with the reason.
    pub unreadable: Vec<(PathBuf, String)>,
    /// Every folder that was looked into.
    pub folders: Vec<PathBuf>,
    /// Paths that were named and do not exist.
    pub missing: Vec<PathBuf>,
}

/// Looks for documents.
///
/// # Errors
/// The path that does not exist, when one of `paths` does not.
pub fn find(paths: &[PathBuf]) -> Result<Bundle, PathBuf> {
    let mut bundle = find_again(paths, |_| None);
    match bundle.missing.pop() {
        Some(path) => Err(path),
        None => Ok(bundle),
    }
}

/// Looks for documents. Of two with one id the `incumbent` has it, or else the smallest path.
pub fn find_again<'i>(paths: &[PathBuf], incumbent: impl Fn(&str) -> Option<&'i Path>) -> Bundle {
    let mut bundle = Bundle::default();
    for path in paths {
        let Ok(meta) = door::watched(path, || std::fs::metadata(path)) else {
            bundle.missing.push(path.clone());
            continue;
        };
        if meta.is_dir() {
            let mut files = Vec::new();
            walk(path, DEEPEST, &mut files, &mut bundle);
            files.sort();
            for file in files {
                let id = id(file.strip_prefix(path).unwrap_or(&file));
                bundle.add(Source { id, sandbox: is_sandbox(&file), path: file, named: false, text: None }, &incumbent);
            }
        } else {
            let id = id(Path::new(path.file_name().unwrap_or(path.as_os_str())));
            bundle
                .add(Source { id, sandbox: is_sandbox(path), path: path.clone(), named: true, text: None }, &incumbent);
        }
    }
    bundle
}

impl Bundle {
    /// Puts a document in the place of the one of its id.
    pub(crate) fn replace(&mut self, source: Source) {
        self.clashes.retain(|clash| clash.id != source.id);
        self.sources.insert(source.id.clone(), source);
    }

    fn add<'i>(&mut self, source: Source, incumbent: &impl Fn(&str) -> Option<&'i Path>) {
        let table = if source.sandbox { &mut self.sandboxes } else { &mut self.sources };
        match table.get_mut(&source.id) {
            None => {
                table.insert(source.id.clone(), source);
            }
            Some(known) if known.path == source.path => known.named |= source.named,
            Some(known) if !source.sandbox && incumbent(&source.id) == Some(&source.path) => {
                self.clashes.push(std::mem::replace(known, source));
            }
            Some(_) => self.clashes.push(source),
        }
    }
}

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>, bundle: &mut Bundle) {
    if depth == 0 {
        return;
    }
    bundle.folders.push(folder.to_owned());
    let entries = match door::watched(folder, || std::fs::read_dir(folder)) {
        Ok(entries) => entries,
        Err(error) => {
            bundle.unreadable.push((folder.to_owned(), error.to_string()));
            return;
        }
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let is_dir = match entry.file_type() {
            Ok(kind) if kind.is_symlink() => path.is_dir(),
            Ok(kind) => kind.is_dir(),
            Err(_) => continue,
        };
        if is_dir {
            if discover::folder(&path) {
                walk(&path, depth - 1, files, bundle);
            }
        } else if discover::file(&path) != Candidate::No {
            match irregular(&path, &entry) {
                None => files.push(path),
                Some(what) => bundle.unreadable.push((path, format!("it is {what}, not a file"))),
            }
        }
    }
}

/// What is in place of a file that could be a document; nothing for a link that leads nowhere, which is reported when it is read.
fn irregular(path: &Path, entry: &std::fs::DirEntry) -> Option<&'static str> {
    let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
    if is_file { None } else { door::irregular(&std::fs::metadata(path).ok()?) }
}

fn is_sandbox(path: &Path) -> bool {
    discover::file(path) == Candidate::Sandbox
}

/// The path with slashes and without extension.
fn id(path: &Path) -> Arc<str> {
    let path = path.with_extension("");
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/").into()
}

impl Source {
    /// The folder relative paths of the document begin at.
    #[must_use]
    pub fn folder(&self) -> &Path {
        folder_of(&self.path)
    }
}

/// The folder of a file.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
