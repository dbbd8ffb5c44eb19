//! Owns the JSON form of diagnostics: a flat list of objects with 1-based positions.
//! Its field names are stable.

use super::printable::printable;
use crate::diagnostic::{Code, Diagnostic, Fix, Safety, Severity};
use crate::source::{SourceSet, Span};
use serde::Serialize;

/// A diagnostic as JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JsonDiagnostic {
    /// Where, unless the file is unknown.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// Its kind.
    pub code: Code,
    /// Its weight.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The operation or tool concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The key path.
    pub path: String,
    /// All places, the primary one first.
    pub labels: Vec<JsonLabel>,
    /// What would repair it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<JsonFix>,
}

/// A repair as JSON.
#[derive(Debug, Serialize)]
pub struct JsonFix {
    /// Whether there is one right answer, so that `check --fix` gives it unasked.
    pub safe: bool,
    /// What changes, all of it or nothing.
    pub edits: Vec<JsonEdit>,
}

/// An edit as JSON.
#[derive(Debug, Serialize)]
pub struct JsonEdit {
    /// What is replaced, unless the file is unknown.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// By what.
    pub replacement: String,
}

/// A range in a file; lines and columns from 1, the end exclusive.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The file's path.
    pub file: String,
    /// First line.
    pub line: usize,
    /// First column, in characters.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// Column behind the last character.
    pub end_column: usize,
}

/// A label as JSON.
#[derive(Debug, Serialize)]
pub struct JsonLabel {
    /// Where, unless the file is unknown.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// What is said there.
    pub text: String,
}

impl Place {
    pub(super) fn of(span: Span, sources: &SourceSet) -> Option<Self> {
        let file = sources.get(span.file)?;
        let (line, column) = file.position(span.start);
        let (end_line, end_column) = file.position(span.end);
        Some(Self { file: file.path.to_string(), line, column, end_line, end_column })
    }
}

/// Diagnostics ready to be serialised as one JSON array.
#[must_use]
pub fn json(diagnostics: &[Diagnostic], sources: &SourceSet) -> Vec<JsonDiagnostic> {
    diagnostics.iter().map(|diagnostic| object(diagnostic, sources)).collect()
}

fn object(diagnostic: &Diagnostic, sources: &SourceSet) -> JsonDiagnostic {
    let clean = |text: &str| printable(text).into_owned();
    let place = |span| Place::of(span, sources);
    JsonDiagnostic {
        place: diagnostic.span().and_then(place),
        code: diagnostic.code,
        severity: diagnostic.severity,
        message: clean(&diagnostic.message),
        help: diagnostic.help.as_deref().map(clean),
        unit: diagnostic.unit.clone(),
        path: diagnostic.path.clone(),
        labels: diagnostic
            .labels
            .iter()
            .map(|label| JsonLabel { place: place(label.span), text: clean(&label.text) })
            .collect(),
        fix: diagnostic.fix.as_ref().map(|fix| repair(fix, sources)),
    }
}

fn repair(fix: &Fix, sources: &SourceSet) -> JsonFix {
    let edit = |edit: &crate::diagnostic::Edit| JsonEdit {
        place: Place::of(edit.span, sources),
        replacement: edit.replacement.clone(),
    };
    JsonFix { safe: fix.safety == Safety::Safe, edits: fix.edits.iter().map(edit).collect() }
}
