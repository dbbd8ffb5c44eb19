//! What `compile` says of a mistake that it did not say before.

use std::{collections::BTreeSet, path::Path};

use capstan_language::{
    Compilation, DocumentKind, Options, compile,
    diagnostic::{Diagnostic, Severity},
    render,
    source::SourceSet,
};

use super::{Mutant, subject::Subject};

/// How loud a mistake is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loud {
    /// An error that was not there before.
    Error,
    /// A warning at most.
    Warning,
    /// Nothing new is said.
    Silent,
}

/// The verdict on one mistake.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// How loud it is.
    pub loud: Loud,
    /// Whether a new diagnostic points at the mistake.
    pub place: bool,
    /// Whether a new diagnostic names what was there; `None` when there is nothing to name.
    pub fix: Option<bool>,
    /// Whether the plan is another one.
    pub changed: bool,
    /// Whether nothing else of its weight is said: a mistake is one finding, not a cascade.
    pub alone: bool,
    /// The first thing that is said, on one line.
    pub said: String,
    /// What else of its weight is said.
    pub others: Vec<String>,
}

/// A document as it is, before any mistake.
pub struct Usual {
    said: BTreeSet<String>,
    plan: String,
}

/// A diagnostic without its place.
fn identity(diagnostic: &Diagnostic) -> String {
    format!("{:?} {} {}", diagnostic.severity, diagnostic.code, diagnostic.message)
}

fn read(subject: &Subject, text: &str) -> Compilation {
    compile(&subject.with(text), Path::new(&subject.path), &Options::default())
}

/// The document as it is; `None` when it is no document without findings. A document of which something is to be said already is
/// taken only when `any` is set.
#[must_use]
pub fn usual(subject: &Subject, any: bool) -> Option<Usual> {
    let compiled = read(subject, &subject.text);
    let worst = compiled.diagnostics.iter().map(|found| found.severity);
    let clean = !worst.into_iter().any(|severity| matches!(severity, Severity::Error | Severity::Warning));
    let runs = compiled.plan.is_some() && compiled.kind != DocumentKind::NotACapability;
    (runs && (clean || any)).then(|| Usual {
        said: compiled.diagnostics.iter().map(identity).collect(),
        plan: without_places(&format!("{:?}", compiled.plan)),
    })
}

/// Judges one mistake.
#[must_use]
pub fn verdict(subject: &Subject, usual: &Usual, mutant: &Mutant) -> Verdict {
    let compiled = read(subject, &mutant.text);
    let new: Vec<_> = compiled
        .diagnostics
        .iter()
        .filter(|found| !matches!(found.severity, Severity::Note) && !usual.said.contains(&identity(found)))
        .collect();
    let errors: Vec<_> = new.iter().copied().filter(|found| found.is_error()).collect();
    let loud = match (errors.is_empty(), new.is_empty()) {
        (false, _) => Loud::Error,
        (true, false) => Loud::Warning,
        (true, true) => Loud::Silent,
    };
    let worst = if errors.is_empty() { &new } else { &errors };
    let hit = worst.iter().copied().find(|found| points(found, mutant, &compiled.sources));
    let fix = mutant.was.as_ref().map(|was| {
        let names = |found: &&&Diagnostic| {
            found.fix.iter().flat_map(|fix| &fix.edits).any(|edit| edit.replacement.contains(was.as_str()))
                || found.help.as_ref().is_some_and(|help| help.contains(was.as_str()))
                || found.message.contains(was.as_str())
        };
        worst.iter().any(|found| names(&found))
    });
    Verdict {
        loud,
        place: hit.is_some(),
        fix,
        alone: worst.len() == 1,
        others: worst
            .iter()
            .filter(|found| hit.or(worst.first().copied()).is_none_or(|said| !std::ptr::eq(said, **found)))
            .map(|found| render::line(found, &compiled.sources))
            .collect(),
        changed: loud == Loud::Silent && without_places(&format!("{:?}", compiled.plan)) != usual.plan,
        said: hit.or(worst.first().copied()).map_or_else(String::new, |found| {
            let help = found.help.as_ref().map(|help| format!(" | {help}")).unwrap_or_default();
            format!("{}{help}", render::line(found, &compiled.sources))
        }),
    }
}

/// Whether a diagnostic points at the mistake: its first place begins in one of the mutant's.
fn points(found: &Diagnostic, mutant: &Mutant, sources: &SourceSet) -> bool {
    let Some(span) = found.span() else { return false };
    let main = sources.get(span.file).is_some_and(|file| *file.text == *mutant.text);
    let at = span.range().start;
    main && mutant.places.iter().any(|place| (place.start..=place.end).contains(&at))
}

/// A plan's text without lines and columns: what stands behind a change moves.
#[must_use]
pub fn without_places(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = ["line: ", "column: "].iter().filter_map(|word| Some(rest.find(word)? + word.len())).min() {
        out.push_str(&rest[..at]);
        rest = rest[at..].trim_start_matches(|c: char| c.is_ascii_digit());
    }
    out + rest
}
