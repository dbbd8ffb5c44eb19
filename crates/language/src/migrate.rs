//! Owns the way of a document into an official dialect: one change after the other, each taken only where the plan does afterwards what
//! it did before, and what the official schema still rejects said with its place. Comments stay. It writes no file.

mod calls;
mod collections;
mod draft;
mod inputs;
mod outputs;
mod paths;
mod rest;
mod story;
mod tree;
mod words;

use std::path::Path;

use self::draft::Draft;
use crate::{
    Options, format, render,
    source::{Files, SourceSet},
    standard,
};

pub use crate::standard::Dialect;

/// How often a document goes through all changes: one may make another possible.
const ROUNDS: usize = 4;

/// A document in another dialect.
#[derive(Clone, Debug)]
pub struct Migrated {
    /// Its text; the same one when nothing could or had to be done.
    pub text: String,
    /// Whether the official schema accepts it.
    pub valid: bool,
    /// What the dialect cannot say, or what could not be moved without a change of what is sent: a line each.
    pub left: Vec<String>,
    /// What callers may notice though the same is sent: a line each.
    pub notes: Vec<String>,
}

/// Brings the document at `path`, which reads `text`, into a dialect. Nothing, when it is no document that says what is served or
/// consumed.
#[must_use]
pub fn migrate(files: &dyn Files, path: &Path, text: &str, dialect: Dialect) -> Option<Migrated> {
    let name = path.display().to_string();
    let same = |valid, left| Migrated { text: text.to_owned(), valid, left, notes: Vec::new() };
    let mut draft = match Draft::read(files, path, text, dialect) {
        Ok(draft) if draft.is_valid() => return Some(same(true, Vec::new())),
        Ok(draft) => draft,
        Err(draft::Unfit::Other) => return None,
        Err(draft::Unfit::Because(why)) => return Some(same(false, vec![format!("{name}: left as it is: {why}")])),
    };
    for _ in 0..ROUNDS {
        let before = draft.text().to_owned();
        words::change(&mut draft);
        calls::change(&mut draft);
        paths::change(&mut draft);
        outputs::change(&mut draft);
        inputs::change(&mut draft);
        collections::change(&mut draft);
        rest::change(&mut draft);
        if draft.is_valid() || draft.text() == before {
            break;
        }
    }
    let done = canonical(&name, draft.text());
    let left = rejected(&name, &done, dialect, draft.refusals());
    let valid = standard::accepts(&done, dialect);
    let notes = draft.notes().into_iter().map(|note| format!("{name}: {note}")).collect();
    Some(Migrated { text: done, valid, left, notes })
}

/// Whether two versions of a document, with what they import, send and answer the same. A line for each difference.
#[must_use]
pub fn differences(before: (&dyn Files, &Path), after: (&dyn Files, &Path)) -> Vec<String> {
    let plan = |(files, path): (&dyn Files, &Path)| crate::compile(files, path, &Options::default()).plan;
    match (plan(before), plan(after)) {
        (Some(before), Some(after)) => {
            let (before, after) = (story::story(&before), story::story(&after));
            before.differences(&after).iter().map(ToString::to_string).collect()
        }
        (None, None) => Vec::new(),
        _ => vec!["whether it can be served at all".to_owned()],
    }
}

/// The text in the canonical layout, where it has one.
fn canonical(name: &str, text: &str) -> String {
    format::format(name, text, format::Style::default()).map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

/// What the schema rejects of a text, and why it was not changed, where that was tried.
fn rejected(name: &str, text: &str, dialect: Dialect, refusals: &[draft::Refusal]) -> Vec<String> {
    let mut sources = SourceSet::new();
    let found = standard::rejected(&mut sources, name, text, dialect);
    let line = |found: &crate::diagnostic::Diagnostic| {
        let line = render::line(found, &sources);
        let why = refusals.iter().find(|refusal| found.path.ends_with(&refusal.path));
        let place = line.split_once(": error[").map_or(name, |(place, _)| place).to_owned();
        match why {
            Some(why) => format!("{place}: left: {}: changing it would change {}", found.message, why.what),
            None => format!("{place}: left: {}", found.message),
        }
    };
    found.iter().map(line).collect()
}

#[cfg(test)]
mod tests;
