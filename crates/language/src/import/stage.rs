//! The files in the making: they are compiled where they will lie, before anything is written.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::source::Files;

/// Files in the making, over those that are there.
pub(super) struct Stage<'f> {
    files: &'f dyn Files,
    folder: PathBuf,
    name: String,
    made: Vec<(PathBuf, String)>,
}

impl<'f> Stage<'f> {
    /// Nothing is made yet.
    pub(super) fn new(files: &'f dyn Files, folder: &Path, name: &str) -> Self {
        Self { files, folder: folder.to_owned(), name: name.to_owned(), made: Vec::new() }
    }

    /// What the capability is called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where the capability is.
    pub(super) fn capability(&self) -> PathBuf {
        self.folder.join(format!("{}.yaml", self.name))
    }

    /// Where a file beside it is.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The name of the copy of its document in a format.
    pub(super) fn document(&self, extension: &str) -> String {
        format!("{}.openapi.{extension}", self.name)
    }

    /// The name of the copy that was made.
    pub(super) fn copy(&self) -> Option<String> {
        let names = ["json", "yaml"].map(|extension| self.document(extension));
        names.into_iter().find(|name| self.made.iter().any(|(path, _)| *path == self.beside(name)))
    }

    /// Makes a file, or makes it anew.
    pub(super) fn make(&mut self, path: PathBuf, text: String) {
        match self.made.iter_mut().find(|(known, _)| *known == path) {
            Some((_, known)) => *known = text,
            None => self.made.push((path, text)),
        }
    }

    /// Forgets a file.
    pub(super) fn forget(&mut self, path: &Path) {
        self.made.retain(|(known, _)| known != path);
    }

    /// Gives variables the values they have when nobody says otherwise; what to do where there are variables already.
    pub(super) fn environment(&mut self, defaults: &[(String, String)]) -> Option<String> {
        let lines: Vec<String> = defaults.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let path = self.folder.join(".env");
        if self.files.exists(&path) {
            return Some(format!("{} exists; it needs: {}", path.display(), lines.join(" ")));
        }
        self.make(path, format!("# What the document says when nobody says otherwise.\n{}\n", lines.join("\n")));
        None
    }

    /// All of them, the capability first.
    pub(super) fn into_files(self) -> Vec<(PathBuf, String)> {
        let capability = self.capability();
        let (first, others): (Vec<_>, Vec<_>) = self.made.into_iter().partition(|(path, _)| *path == capability);
        first.into_iter().chain(others).collect()
    }
}

impl Files for Stage<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, io::Error> {
        match self.made.iter().find(|(known, _)| known == path) {
            Some((_, text)) => Ok(text.clone().into_bytes()),
            None => self.files.read(path),
        }
    }

    fn exists(&self, path: &Path) -> bool {
        self.made.iter().any(|(known, _)| known == path) || self.files.exists(path)
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        let made = self.made.iter().filter(|(path, _)| path.parent() == Some(folder));
        let made = made.filter_map(|(path, _)| Some(path.file_name()?.to_str()?.to_owned()));
        let mut names: Vec<String> = self.files.names(folder).into_iter().chain(made).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
