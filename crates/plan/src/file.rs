//! Files a document names: where they are and what they are for. The one rule for relative paths lives here. Reading a file is
//! the engine's work, when a plan is activated.

use std::{fmt, path::Path, sync::Arc};

use crate::Origin;

/// The path of a file, resolved once: relative ones against the folder of the document that names it. Everyone else only opens
/// it. Plain text with slashes, without `.` and without `..` other than in front.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FilePath(Arc<str>);

impl FilePath {
    /// The file that a document in `folder` means by `written`: a path, `file:///path`, or `file:///./path` beside it. Nothing
    /// when it is empty or an address of another kind.
    #[must_use]
    pub fn beside(folder: &str, written: &str) -> Option<Self> {
        let written = written.trim();
        let path = match written.strip_prefix("file://") {
            Some(rest) => match rest.strip_prefix("/./") {
                Some(relative) => relative,
                None => rest,
            },
            None if written.contains("://") => return None,
            None => written,
        };
        (!path.is_empty()).then(|| Self::joined(folder, path))
    }

    /// The path of `name` below this folder.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        Self::joined(&self.0, name)
    }

    /// The folder of a file that is known by its path.
    #[must_use]
    pub fn folder_of(file: &str) -> &str {
        match file.rsplit_once('/') {
            Some(("", _)) => "/",
            Some((folder, _)) => folder,
            None => "",
        }
    }

    fn joined(folder: &str, path: &str) -> Self {
        let base = if path.starts_with('/') { "" } else { folder };
        let root = if base.starts_with('/') || path.starts_with('/') { "/" } else { "" };
        let mut parts: Vec<&str> = Vec::new();
        for part in base.split('/').chain(path.split('/')) {
            match part {
                "" | "." => {}
                ".." => match parts.last() {
                    Some(&last) if last != ".." => drop(parts.pop()),
                    // Nothing lies above the root.
                    None if !root.is_empty() => {}
                    _ => parts.push(part),
                },
                name => parts.push(name),
            }
        }
        let text = format!("{root}{}", parts.join("/"));
        Self(if text.is_empty() { ".".into() } else { text.into() })
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<Path> for FilePath {
    fn as_ref(&self) -> &Path {
        Path::new(&*self.0)
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// One file or folder a plan depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanFile {
    /// Where it is.
    pub path: FilePath,
    /// What it is for.
    pub usage: FileUse,
    /// Where it is named first.
    pub origin: Origin,
}

/// What a file is for, which decides how it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileUse {
    /// JavaScript of a step.
    Script {
        /// The folder it is confined to.
        folder: FilePath,
    },
    /// The text of a prompt.
    Prompt,
    /// The body of a mock's answer.
    MockBody,
    /// A document with schemas that expressions check values against (`violations`).
    JsonSchema {
        /// The JSON Pointers that are named literally.
        pointers: Vec<Box<str>>,
    },
    /// The schema of Avro answers.
    Avro,
    /// The description of Protocol Buffers answers.
    Protobuf {
        /// The message, when it is not the first.
        message: Option<Box<str>>,
    },
    /// A folder whose files are given out: resources, the files of a skill.
    Folder,
    /// Values of bindings: the environment reads it, as a file or as a folder of files.
    Bindings,
}

impl FileUse {
    /// Whether one entry of the plan serves both uses of the same path.
    #[must_use]
    pub fn is_shared_with(&self, other: &Self) -> bool {
        matches!((self, other), (Self::JsonSchema { .. }, Self::JsonSchema { .. })) || self == other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_begin_at_the_documents_folder() {
        for (folder, written, expected) in [
            ("a", "./notes/x.md", Some("a/notes/x.md")),
            ("a", "notes//x.md", Some("a/notes/x.md")),
            ("a/b", "../x", Some("a/x")),
            ("a", "../../x", Some("../x")),
            ("", "x", Some("x")),
            ("", ".", Some(".")),
            ("./caps", "x", Some("caps/x")),
            ("/a", "../../x", Some("/x")),
            ("a", "/etc/x.json", Some("/etc/x.json")),
            ("a", "file:///etc/x.json", Some("/etc/x.json")),
            ("a", "file:///./secrets.yaml", Some("a/secrets.yaml")),
            ("a", "file://./secrets.yaml", Some("a/secrets.yaml")),
            ("a", "vault://a/b", None),
            ("a", " ", None),
        ] {
            let path = FilePath::beside(folder, written);
            assert_eq!(path.as_ref().map(FilePath::as_str), expected, "{folder} {written}");
        }
    }

    #[test]
    fn folders_of_files() {
        for (file, expected) in [("a/b.yaml", "a"), ("b.yaml", ""), ("/b.yaml", "/"), ("/a/b.yaml", "/a")] {
            assert_eq!(FilePath::folder_of(file), expected);
        }
        assert_eq!(FilePath::beside("a", "s").map(|f| f.join("lib/x.js").to_string()).as_deref(), Some("a/s/lib/x.js"));
    }
}
