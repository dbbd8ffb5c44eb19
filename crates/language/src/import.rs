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
mod wanted;

use self::{
    document::Copied,
    settle::{Settled, settled},
    stage::Stage,
};
pub use self::{
    select::{Selection, SelectionError},
    wanted::{Imported, Kind, Left, Wanted},
};
use crate::{openapi::Readings, source::Files};

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
