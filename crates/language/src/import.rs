//! Capabilities made from descriptions of APIs: an OpenAPI document or a Postman collection in, the files of a capability out. What is
//! made refers to the document, passes a strict check and serves as it is; what cannot be used is named and left out. Writes no file.

mod capability;
mod collection;
mod credential;
mod document;
mod groups;
mod mend;
mod names;
mod reduce;
mod select;
mod server;
mod settle;
mod stage;

use std::path::{Path, PathBuf};

use self::{
    document::Copied,
    settle::{Settled, settled},
    stage::Stage,
};
pub use self::{
    document::Kind,
    select::{Selection, SelectionError},
};
use crate::{openapi::Readings, source::Files};

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

/// Makes the files of a capability.
///
/// # Errors
/// Why nothing can be made of the document, in a sentence.
pub fn import(files: &dyn Files, wanted: &Wanted<'_>) -> Result<Imported, String> {
    let readings = Readings::default();
    let text = document::text(files, wanted.document)?;
    let value = match wanted.kind {
        Kind::OpenApi => None,
        Kind::Postman => Some(collection::document(&text)?),
    };
    let name = named(wanted.name, value.as_ref(), &text)?;
    let mut stage = Stage::new(files, wanted.folder, &name);
    let Copied { api, mut left, mut notes } = document::copied(&mut stage, wanted, text, value, &readings)?;
    let Settled { operations, left: unusable, variables, defaults } =
        settled(&mut stage, &api, &wanted.selection, &readings)?;
    left.extend(unusable);
    if !defaults.is_empty() {
        notes.extend(stage.environment(&defaults));
    }
    Ok(Imported { name, files: stage.into_files(), operations, left, notes, variables })
}

/// What the capability is called.
fn named(asked: Option<&str>, value: Option<&serde_json::Value>, text: &str) -> Result<String, String> {
    if let Some(asked) = asked {
        return match names::is_plain(asked) {
            true => Ok(asked.to_owned()),
            false => Err(format!(
                "`{asked}` is no name for a capability: use small letters, digits and `-`, such as my-shop"
            )),
        };
    }
    let title = match value {
        Some(value) => value.pointer("/info/title").and_then(serde_json::Value::as_str).map(str::to_owned),
        None => document::title(text),
    };
    Ok(names::capability(title.as_deref().unwrap_or_default()))
}

#[cfg(test)]
mod tests;
