//! The documents that are mutated: files of a folder, and the capabilities inside Markdown specs. It judges none of them.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use capstan_language::source::Files;

use crate::spec::block;

/// One document, and the files around it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its name for people.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// Files that exist nowhere else.
    others: Arc<BTreeMap<PathBuf, Vec<u8>>>,
}

impl Subject {
    /// All documents below a file or folder, in a fixed order.
    #[must_use]
    pub fn below(path: &Path) -> Vec<Self> {
        let mut found = Vec::new();
        collect(path, &mut found);
        found
    }

    /// The files as they are when the document reads `text`.
    #[must_use]
    pub fn with<'s>(&'s self, text: &'s str) -> Shelf<'s> {
        Shelf { subject: self, text }
    }
}

fn collect(path: &Path, found: &mut Vec<Subject>) {
    if path.is_dir() {
        let mut inner: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        inner.sort();
        inner.iter().filter(|path| !path.ends_with("node_modules")).for_each(|path| collect(path, found));
        return;
    }
    let Ok(text) = fs::read_to_string(path) else { return };
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("yaml" | "yml") if !capstan_language::test_file::is_test_file(path) => {
            let name = path.display().to_string();
            found.push(Subject { name, path: path.to_owned(), text, others: Arc::default() });
        }
        Some("md") => found.extend(inside(path, &text)),
        _ => {}
    }
}

/// The capabilities a Markdown spec serves, each with the other files of the spec.
fn inside(path: &Path, text: &str) -> Vec<Subject> {
    let blocks = block::Document::parse(text).map(|document| document.blocks).unwrap_or_default();
    let folder = path.with_extension("");
    let mut documents = Vec::new();
    let mut others = BTreeMap::new();
    for block in blocks.into_iter().filter(|block| matches!(&*block.kind, "capability" | "file")) {
        let name = folder.join(block.value.as_deref().unwrap_or("capability.yaml"));
        let body = block.body.replace("{{upstream}}", "http://upstream.example");
        if block.kind == "capability" {
            documents.push((name.clone(), block.line, body.clone()));
        }
        others.insert(name, body.into_bytes());
    }
    let others = Arc::new(others);
    let subject = |(inner, line, text): (PathBuf, usize, String)| Subject {
        name: format!("{}:{line}", path.display()),
        path: inner,
        text,
        others: Arc::clone(&others),
    };
    documents.into_iter().map(subject).collect()
}

/// The files of a subject, one of them with another text.
pub struct Shelf<'s> {
    subject: &'s Subject,
    text: &'s str,
}

impl Files for Shelf<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, io::Error> {
        if path == self.subject.path {
            return Ok(self.text.as_bytes().to_vec());
        }
        self.subject.others.get(path).map_or_else(|| fs::read(path), |bytes| Ok(bytes.clone()))
    }

    fn exists(&self, path: &Path) -> bool {
        path == self.subject.path || self.subject.others.contains_key(path) || path.exists()
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        let name = |path: &Path| Some(path.file_name()?.to_str()?.to_owned());
        let inside = self.subject.others.keys().filter(|path| path.parent() == Some(folder));
        let beside = fs::read_dir(folder).into_iter().flatten().flatten();
        inside.filter_map(|path| name(path)).chain(beside.filter_map(|entry| name(&entry.path()))).collect()
    }
}
