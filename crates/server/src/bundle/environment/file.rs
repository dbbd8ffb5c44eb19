//! Values of binds with a `location`: a YAML, JSON or `.env` file with the key at top level, or a folder with one file a key.

use std::path::Path;

use capstan_engine::door;
use capstan_language::{diagnostic::Sink, document, source::SourceSet};
use capstan_plan::FilePath;

use super::dotenv::{self, LARGEST};

/// The value of `key` at `location`.
pub(super) fn read(location: &FilePath, key: &str) -> Result<Option<String>, String> {
    let path = Path::new(location.as_str());
    if !path.exists() {
        return Err(format!("{location} does not exist"));
    }
    if path.is_dir() {
        if key.contains(['/', '\\']) || key == ".." {
            return Err(format!("`{key}` is not a file name"));
        }
        return match door::read_text(&path.join(key), LARGEST) {
            Ok(text) => Ok(Some(text.trim_end_matches(['\n', '\r']).to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("{location}/{key}: {error}")),
        };
    }
    let bytes = door::read(path, LARGEST).map_err(|e| format!("{location}: {e}"))?;
    match path.extension().and_then(|e| e.to_str()) {
        Some("yaml" | "yml" | "json") => member(bytes, location.as_str(), key),
        _ => Ok(dotenv::parse(&String::from_utf8_lossy(&bytes)).remove(key)),
    }
}

/// A scalar member of a JSON or YAML mapping, as the author wrote it.
fn member(bytes: Vec<u8>, location: &str, key: &str) -> Result<Option<String>, String> {
    let mut sources = SourceSet::new();
    let mut sink = Sink::new();
    let (_, document) = document::load(&mut sources, location, bytes, &mut sink);
    let Some(document) = document else {
        let why = sink.diagnostics().iter().find(|d| d.is_error()).map_or("cannot be read", |d| d.message.as_str());
        return Err(format!("{location}: {why}"));
    };
    let value = document.root.get(key).filter(|node| !node.is_null());
    match value {
        None => Ok(None),
        Some(node) => match node.scalar_text() {
            Some(text) => Ok(Some(text.to_owned())),
            None => Err(format!("{location}: `{key}` is {}", node.kind_name())),
        },
    }
}
