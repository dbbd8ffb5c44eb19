//! What an import is asked for, and what it gives.

use std::path::{Path, PathBuf};

use super::select::Selection;

/// What is imported, and as what.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// What the file is.
    pub kind: Kind,
    /// The file.
    pub document: &'a Path,
    /// The folder the capability is for.
    pub folder: &'a Path,
    /// What the capability is called; made from the title when nobody says.
    pub name: Option<&'a str>,
    /// Which operations.
    pub selection: Selection,
}

/// The files of a capability.
#[derive(Clone, Debug)]
pub struct Imported {
    /// What it is called.
    pub name: String,
    /// Its files with their texts: the capability first.
    pub files: Vec<(PathBuf, String)>,
    /// How many operations it has.
    pub operations: usize,
    /// What was left out, and why.
    pub left: Vec<Left>,
    /// What is good to know.
    pub notes: Vec<String>,
    /// The variables it needs values for.
    pub variables: Vec<String>,
}

/// Something that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// What: an operation (`GET /path`), or a place of the document.
    pub what: String,
    /// Why.
    pub why: String,
}

/// What kind of file is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An OpenAPI document, 2.0 to 3.2, in JSON or YAML.
    OpenApi,
    /// A Postman collection, v2.0 or v2.1.
    Postman,
}
