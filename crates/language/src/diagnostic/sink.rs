//! Owns the collection of diagnostics while a file is read, and the small builder that phrases one.
//! It does not sort, count or print them: they stay in the order they were found.

use super::{
    code::Code,
    defect::Defect,
    finding::{Diagnostic, Label},
    fix::{Fix, Safety},
    severity::Severity,
};
use crate::source::Span;
use std::collections::HashSet;

/// Collects diagnostics, each once.
#[derive(Debug, Default)]
pub struct Sink {
    items: Vec<Diagnostic>,
    seen: HashSet<(Code, Option<Span>, String)>,
    unit: Option<String>,
}

impl Sink {
    /// An empty sink.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Something that does not work. Pushed when the returned draft goes out of scope.
    pub fn error(&mut self, code: Code, span: Span, message: impl Into<String>) -> Draft<'_> {
        self.draft(code, Severity::Error, span, message.into())
    }

    /// Something that works otherwise than written.
    pub fn warning(&mut self, code: Code, span: Span, message: impl Into<String>) -> Draft<'_> {
        self.draft(code, Severity::Warning, span, message.into())
    }

    /// Something worth knowing.
    pub fn note(&mut self, code: Code, span: Span, message: impl Into<String>) -> Draft<'_> {
        self.draft(code, Severity::Note, span, message.into())
    }

    /// A finding with the severity its code has by default (rules are warnings).
    pub fn report(&mut self, code: Code, span: Span, message: impl Into<String>) -> Draft<'_> {
        self.draft(code, code.severity(), span, message.into())
    }

    /// A finding that weighs this much, whatever its code.
    pub fn weighed(&mut self, severity: Severity, code: Code, span: Span, message: impl Into<String>) -> Draft<'_> {
        self.draft(code, severity, span, message.into())
    }

    fn draft(&mut self, code: Code, severity: Severity, span: Span, message: String) -> Draft<'_> {
        let labels = vec![Label { span, text: String::new() }];
        let unit = self.unit.clone();
        let diagnostic =
            Diagnostic { code, severity, message, labels, help: None, fix: None, unit, path: String::new() };
        Draft { sink: self, diagnostic }
    }

    /// Adds a finished diagnostic unless the same was said at the same place.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.seen.insert((diagnostic.code, diagnostic.span(), diagnostic.message.clone())) {
            self.items.push(diagnostic);
        }
    }

    /// Adds all of another sink.
    pub fn append(&mut self, other: Self) {
        for diagnostic in other.items {
            self.push(diagnostic);
        }
    }

    /// Names the unit that following diagnostics concern, and returns the one before.
    pub fn set_unit(&mut self, unit: Option<String>) -> Option<String> {
        std::mem::replace(&mut self.unit, unit)
    }

    /// What was found so far, in order.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.items
    }

    /// The findings, for late additions such as key paths.
    pub fn diagnostics_mut(&mut self) -> &mut [Diagnostic] {
        &mut self.items
    }

    /// Everything that was found, in order.
    #[must_use]
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.items
    }
}

/// A diagnostic being phrased; it is pushed when dropped, so a call chain is a statement.
#[derive(Debug)]
pub struct Draft<'a> {
    sink: &'a mut Sink,
    diagnostic: Diagnostic,
}

impl Draft<'_> {
    fn edit(mut self, change: impl FnOnce(&mut Diagnostic)) -> Self {
        change(&mut self.diagnostic);
        self
    }

    /// The words under the primary caret.
    pub fn here(self, text: impl Into<String>) -> Self {
        self.edit(|d| {
            if let Some(first) = d.labels.first_mut() {
                first.text = text.into();
            }
        })
    }

    /// One more place.
    pub fn label(self, span: Span, text: impl Into<String>) -> Self {
        self.edit(|d| d.labels.push(Label { span, text: text.into() }))
    }

    /// What to do about it; without it, what is to be done about every finding of the code.
    pub fn help(self, text: impl Into<String>) -> Self {
        self.edit(|d| d.help = Some(text.into()))
    }

    /// The edit that does it.
    pub fn fix(self, span: Span, replacement: impl Into<String>) -> Self {
        self.edit(|d| d.fix = Some(Fix::new(span, replacement, Safety::Safe)))
    }

    /// The edit that likely does it.
    pub fn guess(self, span: Span, replacement: impl Into<String>) -> Self {
        self.edit(|d| d.fix = Some(Fix::new(span, replacement, Safety::Unsafe)))
    }

    /// The word that was meant in place of the one that is written at `span`.
    pub fn meant(self, span: Span, written: &str, meant: &str) -> Self {
        self.edit(|d| {
            d.help.get_or_insert_with(|| format!("did you mean `{meant}`?"));
            d.fix = Some(Fix::word(span, written, meant));
        })
    }

    /// A repair made elsewhere.
    pub(crate) fn repair(self, fix: Option<Fix>) -> Self {
        self.edit(|d| d.fix = fix)
    }

    /// The operation or tool concerned.
    pub fn unit(self, unit: impl Into<String>) -> Self {
        self.edit(|d| d.unit = Some(unit.into()))
    }

    /// The finished diagnostic, as a value that stands for it.
    pub(crate) fn defect(self) -> Defect {
        let Diagnostic { code, message, .. } = &self.diagnostic;
        Defect { code: *code, message: message.clone(), span: self.diagnostic.span() }
    }

    /// The key path.
    pub fn path(self, path: impl std::fmt::Display) -> Self {
        self.edit(|d| d.path = path.to_string())
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        let mut diagnostic = self.diagnostic.clone();
        // Nobody is told what is wrong and left with it.
        if diagnostic.help.is_none() && diagnostic.severity != Severity::Note {
            diagnostic.help = Some(diagnostic.code.help());
        }
        self.sink.push(diagnostic);
    }
}
