//! Files that import each other, after both were migrated: each alone does what it did, and so must they together.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
};

use capstan_language::{migrate::differences, source::Files};
use capstan_server::bundle::disk::Disk;

use super::file::File;
use crate::rewrite;

/// How often files are put back.
const ROUNDS: usize = 8;

/// The disk with files as they would be.
struct Overlay {
    disk: Disk,
    texts: HashMap<PathBuf, String>,
    /// What was read of it.
    read: std::cell::RefCell<Vec<PathBuf>>,
}

impl Files for Overlay {
    fn read(&self, path: &Path) -> Result<Vec<u8>, io::Error> {
        let name = rewrite::canonical(path);
        match self.texts.get(&name) {
            Some(text) => {
                self.read.borrow_mut().push(name);
                Ok(text.as_bytes().to_vec())
            }
            None => self.disk.read(path),
        }
    }

    fn exists(&self, path: &Path) -> bool {
        self.disk.exists(path)
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        self.disk.names(folder)
    }
}

/// Puts back what would not do the same together.
pub(super) fn check(files: &mut [File]) {
    for _ in 0..ROUNDS {
        let mut texts = HashMap::new();
        for file in files.iter().filter(|file| file.after.text != file.before) {
            texts.insert(rewrite::canonical(&file.from), file.after.text.clone());
        }
        let overlay = Overlay { disk: Disk::default(), texts, read: Vec::new().into() };
        let mut back: HashMap<PathBuf, String> = HashMap::new();
        for file in files.iter() {
            overlay.read.borrow_mut().clear();
            // A document that imports nothing was compared already.
            let own = rewrite::canonical(&file.from);
            let _ = capstan_language::compile(&overlay, &file.from, &capstan_language::Options::default());
            let read = overlay.read.borrow().clone();
            if read.iter().all(|name| *name == own) {
                continue;
            }
            let found = differences((&Disk::default(), &file.from), (&overlay, &file.from));
            if let Some(what) = found.first() {
                back.extend(read.into_iter().map(|name| (name, format!("{}: {what}", file.from.display()))));
            }
        }
        if back.is_empty() {
            return;
        }
        for file in files.iter_mut() {
            if let Some(why) = back.get(&rewrite::canonical(&file.from)) {
                file.after.text.clone_from(&file.before);
                file.after.valid = false;
                let line = format!(
                    "{}: left as it is: together with what it imports it would change {why}",
                    file.from.display()
                );
                file.after.left = vec![line];
                file.after.notes.clear();
            }
        }
    }
}
