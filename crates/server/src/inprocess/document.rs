//! One document, compiled once, to be run as often as wanted.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use capstan_language::{DocumentKind, Options};
use capstan_plan::Plan;

use crate::{
    bundle::{compile, discovery},
    finding::Findings,
};

/// A document that was read and means something.
#[derive(Clone, Debug)]
pub struct Document {
    /// What it is called: the name of its file without extension.
    pub id: Arc<str>,
    /// Where it is.
    pub path: PathBuf,
    /// What it means.
    pub plan: Arc<Plan>,
    /// What was found wrong with it; units with errors are unavailable.
    pub findings: Findings,
}

/// Why a document cannot be run: its errors as people read them, or that it is none.
#[derive(Clone, Debug)]
pub struct Unreadable(pub String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// [`Unreadable`] when there is no such file, or nothing in it that could run.
    pub fn read(path: &Path) -> Result<Self, Unreadable> {
        let shown = path.display();
        let missing = |_| Unreadable(format!("{shown} does not exist"));
        let bundle = discovery::find(&[path.to_owned()]).map_err(missing)?;
        let mut sources = bundle.sources.into_values().chain(bundle.sandboxes.into_values());
        let (Some(source), None) = (sources.next(), sources.next()) else {
            return Err(Unreadable(format!("{shown} is a folder: name one capability file")));
        };
        let compiled = compile::one(&source, &Options { addressed: true, ..Options::default() });
        let errors = || compiled.findings.errors.iter().map(|error| &*error.rendered).collect::<Vec<_>>().join("\n\n");
        match compiled.plan {
            Some(plan) if compiled.kind != DocumentKind::NotACapability => {
                Ok(Self { id: source.id, path: source.path, plan, findings: compiled.findings })
            }
            _ if compiled.findings.errors.is_empty() => Err(Unreadable(format!("{shown} is no capability file"))),
            _ => Err(Unreadable(errors())),
        }
    }

    /// The folder its relative paths begin at.
    #[must_use]
    pub fn folder(&self) -> &Path {
        discovery::folder_of(&self.path)
    }
}
