//! A place of a document: the key that stands there, what was found there, and the unit that came of it.

use std::path::{Path, PathBuf};

use capstan_engine::door;
use capstan_language::{
    diagnostic::Sink,
    document::{self, Node},
    fields::{Key, Support},
    render::{self, Style},
    source::{SourceSet, Span},
};
use serde_json::Value;

use crate::render as rendering;

/// The most bytes of a document.
const LARGEST: u64 = 8 << 20;

/// A place in a file.
pub(super) struct Place {
    path: PathBuf,
    line: usize,
    column: Option<usize>,
}

/// Reads `FILE:LINE` or `FILE:LINE:COLUMN`.
pub(super) fn parse(text: &str) -> Option<Place> {
    let (rest, last) = text.rsplit_once(':')?;
    let last: usize = last.parse().ok()?;
    if let Some((file, line)) = rest.rsplit_once(':')
        && let Ok(line) = line.parse()
    {
        return Some(Place { path: file.into(), line, column: Some(last) });
    }
    Some(Place { path: rest.into(), line: last, column: None })
}

/// What stands there, what was found there, and what became of it.
pub(super) fn explain(place: &Place) -> Result<String, String> {
    let shown = place.path.display();
    let bytes = door::read(&place.path, LARGEST).map_err(|error| format!("{shown}: {error}"))?;
    let (mut sources, mut sink) = (SourceSet::new(), Sink::new());
    let (file, document) = document::load(&mut sources, &shown.to_string(), bytes, &mut sink);
    let text = sources.get(file).and_then(|file| file.line(place.line)).map(str::to_owned);
    let Some(text) = text else { return Err(format!("{shown} has no line {}", place.line)) };
    let mut out = format!("{shown}:{}\n  {}\n", place.line, text.trim_end());
    let compilation = rendering::compiled(&place.path, false);
    if let Some(document) = &document {
        let start = sources.get(file).and_then(|file| file.offset(place.line)).unwrap_or_default();
        let column = place
            .column
            .map_or_else(|| text.len() - text.trim_start().trim_start_matches("- ").len(), |c| c - c.min(1));
        let span = Span::new(file, start + column, start + column);
        let path = document.path_at(span);
        if !path.is_empty() {
            out.push_str(&format!("\n{path}\n"));
        }
        if let Some((key, value)) = key_at(&document.root, span) {
            out.push_str(&meaning(&key, &path, value));
        }
    }
    let here = |span: Span| {
        compilation.sources.get(span.file).is_some_and(|file| Path::new(&*file.path) == place.path)
            && compilation.sources.position(span).is_some_and(|(line, _)| line == place.line)
    };
    for diagnostic in compilation.diagnostics.iter().filter(|diagnostic| diagnostic.span().is_some_and(here)) {
        out.push_str(&format!("\n{}\n", render::human(diagnostic, &compilation.sources, Style::Plain)));
        out.push_str(&format!("  capstan explain {}\n", diagnostic.code.name()));
    }
    if let Some(plan) = &compilation.plan
        && let Some(became) = nearest(&rendering::units(plan), place.line as u64)
    {
        out.push_str(&format!("\nwhat became of it:\n{}", render::yaml(&became, 2)));
    }
    Ok(out)
}

/// The innermost key whose entry holds a place, with its value.
fn key_at(node: &Node, span: Span) -> Option<(String, &Node)> {
    if let Some(items) = node.as_seq() {
        return items.iter().find(|item| item.span.contains(span)).and_then(|item| key_at(item, span));
    }
    let entries = node.as_map()?;
    let entry = entries.iter().find(|entry| entry.key.span.contains(span) || entry.value.span.contains(span))?;
    if entry.value.span.contains(span)
        && !entry.key.span.contains(span)
        && let Some(inner) = key_at(&entry.value, span)
    {
        return Some(inner);
    }
    Some((entry.key.value.to_string(), &entry.value))
}

/// What the tables say of a key.
fn meaning(name: &str, path: &str, value: &Node) -> String {
    let Some((table, key)) = capstan_language::key_at(path, name) else { return String::new() };
    let mut out = format!("`{}` of {}: {}\n", key.name, table, key.doc);
    out.push_str(&format!("  holds {}; {}\n", capstan_language::described_type(&key.ty), origin(key)));
    if let Support::Unsupported(why) = key.support {
        out.push_str(&format!("  not supported: {why}\n"));
    }
    if name != key.name {
        out.push_str(&format!("  `{name}` is read as `{}`\n", key.name));
    }
    if value.is_null() {
        out.push_str("  it is empty here, which counts as absent\n");
    }
    out
}

fn origin(key: &Key) -> &'static str {
    if key.extension { "a key of Capstan's own" } else { "a key of the standard" }
}

/// The unit that is declared at a line, or the last one before it.
fn nearest(all: &Value, line: u64) -> Option<Value> {
    let mut found: Option<(u64, &Value)> = None;
    let exposures = all.get("exposes").and_then(Value::as_array).into_iter().flatten();
    let units = exposures.filter_map(|exposure| exposure.get("units").and_then(Value::as_array)).flatten();
    for unit in units {
        let Some(at) = unit.get("line").and_then(Value::as_u64) else { continue };
        if at <= line && found.is_none_or(|(known, _)| at >= known) {
            found = Some((at, unit));
        }
    }
    let inner = |unit: &Value| mentions(unit, line);
    let exposures = all.get("exposes").and_then(Value::as_array).into_iter().flatten();
    let mut units = exposures.filter_map(|exposure| exposure.get("units").and_then(Value::as_array)).flatten();
    units.find(|unit| inner(unit)).or_else(|| found.map(|(_, unit)| unit)).cloned()
}

/// Whether a value says that it, or a part of it, is declared at a line.
fn mentions(value: &Value, line: u64) -> bool {
    match value {
        Value::Object(members) => {
            members.get("line").and_then(Value::as_u64) == Some(line)
                || members.values().any(|value| mentions(value, line))
        }
        Value::Array(items) => items.iter().any(|item| mentions(item, line)),
        _ => false,
    }
}
