//! Files of `NAME=value` lines.

use std::{collections::HashMap, path::Path};

/// Variables by name.
pub type Variables = HashMap<String, String>;

/// The variables of a file; none when it does not exist.
pub(super) fn read(path: &Path) -> Variables {
    std::fs::read_to_string(path).map(|text| parse(&text)).unwrap_or_default()
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
