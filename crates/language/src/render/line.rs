//! Owns the one-line form `path:line:col: error[code]: message`, for logs and editors.
//! It needs no source text.

use super::printable::printable;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::SourceSet;

/// One diagnostic on one line.
#[must_use]
pub fn line(diagnostic: &Diagnostic, sources: &SourceSet) -> String {
    let Diagnostic { code, severity, message, .. } = diagnostic;
    let text = format!("{}[{code}]: {message}", severity.name()).replace(['\n', '\r'], " ");
    let place = diagnostic.span().and_then(|span| {
        let file = sources.get(span.file)?;
        let (line, column) = file.position(span.start);
        Some(format!("{}:{line}:{column}: ", file.path))
    });
    printable(&format!("{}{text}", place.unwrap_or_default())).into_owned()
}

/// `2 errors, 1 warning`; empty when there are neither.
#[must_use]
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |severity: Severity| match diagnostics.iter().filter(|d| d.severity == severity).count() {
        0 => None,
        1 => Some(format!("1 {}", severity.name())),
        many => Some(format!("{many} {}s", severity.name())),
    };
    [count(Severity::Error), count(Severity::Warning)].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
