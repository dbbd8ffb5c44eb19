//! Owns the repair of a document by the fixes its diagnostics carry: applied by place, so that every other byte stays; read again
//! afterwards, so that a fix that brings a new error is not taken; repeated until no fix is left, so that a second run changes nothing.

mod apply;

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

use crate::{
    Compilation, Options, compile,
    diagnostic::{Code, Diagnostic, Fix, Safety},
    render,
    source::{FileId, Files, Replaced},
};

pub use apply::apply;

/// How often a document is read again: a fix may uncover what another one repairs.
const ROUNDS: usize = 12;

/// The document itself is read first.
const MAIN: FileId = FileId(0);

/// A document after its repair.
#[derive(Clone, Debug)]
pub struct Repaired {
    /// Its text.
    pub text: String,
    /// What was repaired, on a line each.
    pub done: Vec<String>,
    /// How many fixes are left because they are not sure.
    pub unsure: usize,
}

/// What makes two findings the same while texts move.
type Said = (Code, String);

/// Repairs the document at `path`, which reads `text`; fixes that are not sure only where `also_unsafe` is set.
#[must_use]
pub fn repair(files: &dyn Files, path: &Path, text: &str, options: &Options, also_unsafe: bool) -> Repaired {
    let read = |text: &str| compile(&Replaced { files, path, text }, path, options);
    let mut repaired = Repaired { text: text.to_owned(), done: Vec::new(), unsure: 0 };
    let mut now = read(text);
    let mut refused: HashSet<Said> = HashSet::new();
    for _ in 0..ROUNDS {
        let wanted = |found: &&Diagnostic| !refused.contains(&said(found)) && fix_of(found, also_unsafe).is_some();
        let found: Vec<&Diagnostic> = now.diagnostics.iter().filter(wanted).collect();
        if found.is_empty() {
            break;
        }
        // All at once, or else each alone: most documents need no second look.
        let attempts =
            std::iter::once(found.clone()).chain(found.iter().filter(|_| found.len() > 1).map(|one| vec![*one]));
        let better =
            attempts.map(|attempt| (apply(&repaired.text, fixes(&attempt)), attempt)).find_map(|(text, attempt)| {
                let after = read(&text);
                is_better(&now, &after, &attempt).then(|| {
                    let (old, new) = (counts(&now, false), counts(&after, false));
                    let done = attempt.iter().filter(|found| new.get(&said(found)) < old.get(&said(found)));
                    let lines: Vec<String> = done.map(|found| render::line(found, &now.sources)).collect();
                    (text, after, lines)
                })
            });
        match better {
            Some((text, after, lines)) => {
                (repaired.text, now) = (text, after);
                repaired.done.extend(lines);
            }
            None => refused.extend(found.into_iter().map(said)),
        }
    }
    repaired.unsure = now.diagnostics.iter().filter(|found| is_unsure(found) && !also_unsafe).count();
    repaired
}

fn said(found: &Diagnostic) -> Said {
    (found.code, found.message.clone())
}

/// The fix of a finding, when it concerns this document alone.
fn fix_of(found: &Diagnostic, also_unsafe: bool) -> Option<&Fix> {
    let fix = found.fix.as_ref()?;
    let here = fix.edits.iter().all(|edit| edit.span.file == MAIN);
    (here && (also_unsafe || fix.safety == Safety::Safe)).then_some(fix)
}

fn is_unsure(found: &Diagnostic) -> bool {
    fix_of(found, true).is_some_and(|fix| fix.safety == Safety::Unsafe)
}

fn fixes<'f>(found: &[&'f Diagnostic]) -> impl Iterator<Item = &'f Fix> {
    found.iter().filter_map(|found| found.fix.as_ref())
}

/// How often each finding, or each error, was said.
fn counts(compilation: &Compilation, errors: bool) -> BTreeMap<Said, usize> {
    let mut counts = BTreeMap::new();
    let counted = compilation.diagnostics.iter().filter(|found| !errors || found.is_error());
    counted.for_each(|found| *counts.entry(said(found)).or_default() += 1);
    counts
}

/// Whether what was to be repaired is, and nothing else is broken. Where nothing could be read before, anything that can be is better.
fn is_better(before: &Compilation, after: &Compilation, repaired: &[&Diagnostic]) -> bool {
    let (old, new) = (counts(before, false), counts(after, false));
    let gone = repaired.iter().any(|found| new.get(&said(found)) < old.get(&said(found)));
    let (old, new) = (counts(before, true), counts(after, true));
    let unbroken = || new.iter().all(|(said, times)| old.get(said).is_some_and(|before| before >= times));
    gone && (before.plan.is_none() || unbroken())
}

#[cfg(test)]
mod tests;
