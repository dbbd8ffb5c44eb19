//! Files of `NAME=value` lines.

use std::{collections::HashMap, io, path::Path};

use capstan_engine::door;

/// The most bytes of such a file.
pub(super) const LARGEST: u64 = 4 << 20;

/// Variables by name.
pub type Variables = HashMap<String, String>;

/// The variables of a file; none when it does not exist. One that is there and cannot be read is told of.
pub(super) fn read(path: &Path) -> Variables {
    match door::read_text(path, LARGEST) {
        Ok(text) => parse(&text),
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!("{} is left out: {error}", path.display());
            }
            Variables::default()
        }
    }
}

/// The variables of a text. Comments, `export` and quotes are understood; nothing is expanded.
pub(super) fn parse(text: &str) -> Variables {
    text.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    if line.starts_with('#') {
        return None;
    }
    let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let value = value.trim();
    let value = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inner = value.get(1..).unwrap_or_default();
            let end = inner.find(quote).unwrap_or(inner.len());
            let inner = inner.get(..end).unwrap_or_default();
            if quote == '"' { inner.replace("\\n", "\n") } else { inner.to_owned() }
        }
        _ => value.split(" #").next().unwrap_or_default().trim().to_owned(),
    };
    Some((name.trim().to_owned(), value))
}
