//! What someone proposes to serve instead of what is on disk: one document, or a whole bundle in an archive. Made ready to be
//! compiled like any other bundle; what comes of it is the pipeline's business.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use tempfile::TempDir;

use super::{
    archive::{self, Packing},
    discovery::{self, Source},
};

/// The most bytes of a proposal as it is sent.
pub(crate) const LARGEST: usize = 16 << 20;

/// What is proposed.
#[derive(Clone, Debug)]
pub(crate) enum Proposal {
    /// One document, for the one of that id or beside the others.
    Document {
        /// The id; without one the only document is meant.
        id: Option<String>,
        /// What it holds.
        text: Bytes,
    },
    /// All files of a bundle.
    Archive {
        /// How they are packed.
        packing: Packing,
        /// The archive.
        bytes: Bytes,
    },
}

/// A proposal that can be compiled.
#[derive(Debug)]
pub(crate) enum Proposed {
    /// This document stands for the one of its id.
    Document(Source),
    /// These files are all there is. They are gone with this.
    Folder {
        /// Where documents are looked for.
        root: PathBuf,
        /// What is removed in the end.
        _unpacked: TempDir,
    },
}

impl Proposed {
    /// Makes a proposal ready. `running` are the documents that run, with their paths; `roots` the paths the operator named.
    ///
    /// # Errors
    /// What is wrong with it, for whoever sent it.
    pub(crate) fn new(proposal: Proposal, running: &[(&str, &Path)], roots: &[PathBuf]) -> Result<Self, String> {
        match proposal {
            Proposal::Document { id, text } => Ok(Self::Document(document(id, text, running, roots)?)),
            Proposal::Archive { packing, bytes } => {
                let unpacked =
                    TempDir::new().map_err(|error| format!("there is no room to unpack an archive: {error}"))?;
                archive::unpack(packing, &bytes, unpacked.path())?;
                Ok(Self::Folder { root: root(unpacked.path(), running), _unpacked: unpacked })
            }
        }
    }

    /// Where it was unpacked.
    pub(crate) fn root(&self) -> Option<&Path> {
        match self {
            Self::Document(_) => None,
            Self::Folder { root, .. } => Some(root),
        }
    }
}

/// The document a text stands for.
fn document(id: Option<String>, text: Bytes, running: &[(&str, &Path)], roots: &[PathBuf]) -> Result<Source, String> {
    let id = match (id, running) {
        (Some(id), _) => id,
        (None, [(only, _)]) => (*only).to_owned(),
        (None, _) => {
            let known: Vec<&str> = running.iter().take(5).map(|(id, _)| *id).collect();
            return Err(format!(
                "say which document it stands for: `?id=ID` with one of those that run ({}), or with a new id",
                known.join(", ")
            ));
        }
    };
    let is_plain = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '\0']);
    if !id.split('/').all(is_plain) {
        return Err(format!(
            "`{id}` is no id: ids are paths in the bundle without extension, such as `flux` or `team/flux`"
        ));
    }
    let known = running.iter().find(|(known, _)| *known == id).map(|(_, path)| path.to_path_buf());
    let path = known.unwrap_or_else(|| {
        let folder = roots.iter().find(|root| root.is_dir()).map_or(Path::new("."), PathBuf::as_path);
        folder.join(format!("{id}.yaml"))
    });
    Ok(Source { id: id.into(), path, named: true, sandbox: false, text: Some(text) })
}

/// Where the documents of an archive begin: people pack a folder with or without its name, and ids tell which it is.
fn root(unpacked: &Path, running: &[(&str, &Path)]) -> PathBuf {
    let Ok(entries) = std::fs::read_dir(unpacked) else { return unpacked.to_owned() };
    let entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    let [only] = entries.as_slice() else { return unpacked.to_owned() };
    if !only.is_dir() {
        return unpacked.to_owned();
    }
    let fitting = |root: &Path| {
        let found = discovery::find(&[root.to_owned()]).unwrap_or_default();
        running.iter().filter(|(id, _)| found.sources.contains_key(*id)).count()
    };
    if fitting(only) >= fitting(unpacked) { only.clone() } else { unpacked.to_owned() }
}
