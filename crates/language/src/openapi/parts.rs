//! Owns the files one OpenAPI document is made of, as trees, and which of them a reference leads to.
//! It reads no file: `reading` does, through the door it is given.

use crate::document::{Node, NodeKind};
use crate::source::FileId;
use std::collections::HashMap;

/// Keys whose values are data, where a `$ref` is no reference.
const DATA: &[&str] = &["example", "examples", "default", "enum", "const", "mapping"];

/// The files of one document: the first is the document itself.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Their trees, by file.
    pub(super) roots: Vec<Option<Node>>,
    /// Which file a file means by a name.
    pub(super) links: HashMap<(FileId, Box<str>), FileId>,
}

impl Parts {
    /// The document itself.
    pub(super) fn main(&self) -> Option<&Node> {
        self.root(FileId(0))
    }

    /// The tree of one file.
    pub(super) fn root(&self, file: FileId) -> Option<&Node> {
        self.roots.get(file.0 as usize)?.as_ref()
    }

    /// The file that `file` means by `name`.
    pub(super) fn linked(&self, file: FileId, name: &str) -> Option<FileId> {
        if name.is_empty() {
            return Some(file);
        }
        self.links.get(&(file, name.into())).copied()
    }
}

/// A reference in two: the file it names, empty for its own, and what it means in there.
pub(super) fn split(reference: &str) -> (&str, &str) {
    reference.split_once('#').unwrap_or((reference, ""))
}

/// The other files that references in a tree name, each once, in the order of the text.
pub(super) fn others(root: &Node) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    let mut waiting = vec![root];
    while let Some(node) = waiting.pop() {
        match &node.kind {
            NodeKind::Seq(items) => waiting.extend(items.iter().rev()),
            NodeKind::Map(entries) => {
                for entry in entries.iter().rev() {
                    match (&*entry.key.value, entry.value.as_str()) {
                        ("$ref", Some(text)) => {
                            let (name, _) = split(text);
                            if !name.is_empty() && !name.contains("://") && !found.contains(&name) {
                                found.push(name);
                            }
                        }
                        (key, _) if DATA.contains(&key) || key.starts_with("x-") => {}
                        _ => waiting.push(&entry.value),
                    }
                }
            }
            _ => {}
        }
    }
    found
}
