//! Values on a command line that are kept in files: `@FILE`, and `-` for standard input.

use std::io::Read as _;
use std::path::Path;

use capstan_engine::door;

/// The most bytes of such a file.
const LARGEST: u64 = 10 << 20;

/// The value itself, or what the file it names holds.
pub(crate) fn value(text: &str) -> Result<String, String> {
    match text.strip_prefix('@') {
        Some(path) => door::read_text(Path::new(path), LARGEST).map_err(|error| format!("{path}: {error}")),
        None => Ok(text.to_owned()),
    }
}

/// The same, where `-` is standard input.
pub(crate) fn body(text: &str) -> Result<String, String> {
    if text != "-" {
        return value(text);
    }
    let mut all = String::new();
    let mut input = std::io::stdin().lock().take(LARGEST);
    input.read_to_string(&mut all).map_err(|error| format!("standard input: {error}"))?;
    Ok(all)
}
