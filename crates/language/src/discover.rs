//! Which files of a folder may be capability documents, by name alone. Reading the folder is not done here.

use std::path::Path;

/// What a file's name says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// It may be a capability document.
    Document,
    /// It is a sandbox (`X.sandbox.yaml`).
    Sandbox,
    /// It is passed over without a word: hidden, an OpenAPI document, a file of tests, or not YAML or JSON.
    No,
}

/// Judges a file by its name.
#[must_use]
pub fn file(path: &Path) -> Candidate {
    let name = path.file_name().map(|n| n.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let Some((stem, extension)) = name.rsplit_once('.') else { return Candidate::No };
    if name.starts_with('.')
        || !matches!(extension, "yaml" | "yml" | "json")
        || stem.ends_with(".openapi")
        || stem.ends_with(".test")
    {
        return Candidate::No;
    }
    if stem.ends_with(".sandbox") { Candidate::Sandbox } else { Candidate::Document }
}

/// Whether a folder is looked into: hidden and build folders are not.
#[must_use]
pub fn folder(path: &Path) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    !name.starts_with('.')
        && !matches!(name.as_str(), "target" | "node_modules" | "build" | "dist" | "__pycache__" | "vendor")
}
