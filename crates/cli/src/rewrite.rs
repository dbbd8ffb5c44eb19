//! The files of authors, read as text, compared and replaced: whole or not at all, with the permissions they had. What is to stand in
//! them is decided elsewhere.
#![allow(clippy::disallowed_methods, reason = "the one module that writes authors' files, when they ask for it")]

use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use capstan_engine::door;
use similar::TextDiff;

/// No document is larger.
const LARGEST: u64 = 32 << 20;

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    door::read_text(path, LARGEST).map_err(|error| format!("{}: cannot be read: {error}", path.display()))
}

/// The text on standard input.
pub(crate) fn standard_input() -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes);
    match read {
        Err(error) => Err(format!("standard input cannot be read: {error}")),
        Ok(_) if bytes.len() as u64 > LARGEST => Err("standard input is too large".to_owned()),
        Ok(_) => String::from_utf8(bytes).map_err(|_| "standard input is not UTF-8".to_owned()),
    }
}

/// Puts a text in the place of a file: a reader sees the old one or the new one. A link stays a link, its file is replaced.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), String> {
    let written = || {
        let path = path.canonicalize()?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let before = fs::metadata(&path)?;
        let mut file = tempfile::Builder::new().prefix(".capstan-").tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().set_permissions(before.permissions())?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok::<(), io::Error>(())
    };
    written().map_err(|error| format!("{}: cannot be written: {error}", path.display()))
}

/// Writes a file that may not be there yet, and the folders it stands in.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), String> {
    if path.exists() {
        return replace(path, text);
    }
    let written = || {
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        fs::write(path, text)
    };
    written().map_err(|error| format!("{}: cannot be written: {error}", path.display()))
}

/// The same name for a file, however it is reached.
pub(crate) fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// What changes, as a patch.
pub(crate) fn patch(path: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().header(&format!("{path}.orig"), path).to_string()
}
