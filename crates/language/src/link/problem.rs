//! What is wrong with a name, as a value: names are looked up where nobody reports, and the unit that wrote one says what is wrong
//! with it.

use crate::{
    diagnostic::{Code, Defect, Fix, Severity, Sink},
    source::Span,
};

/// Something wrong with a name a unit writes.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) code: Code,
    pub(super) severity: Severity,
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) help: String,
    /// What would repair it.
    pub(super) fix: Option<Fix>,
}

impl Problem {
    /// A name that means nothing.
    pub(super) fn unknown(span: Span, message: String, help: String) -> Self {
        Self { code: Code::UnknownName, severity: Severity::Error, span, message, help, fix: None }
    }

    /// The same, of a step's output.
    pub(super) fn step(span: Span, message: String, help: String) -> Self {
        Self { code: Code::UnresolvedStep, ..Self::unknown(span, message, help) }
    }

    /// The same, with the word that was meant in place of the one that is written.
    pub(super) fn meant(self, written: &str, meant: &str) -> Self {
        Self { fix: Some(Fix::word(self.span, written, meant)), ..self }
    }

    /// The same, where it may be meant.
    pub(super) fn doubtful(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// The error it is, when it is one.
    pub(super) fn defect(&self) -> Option<Defect> {
        let Self { code, span, message, .. } = self;
        let defect = Defect { code: *code, message: message.clone(), span: Some(*span) };
        (self.severity == Severity::Error).then_some(defect)
    }

    /// Says it.
    pub(super) fn report(self, sink: &mut Sink) {
        let Self { code, severity, span, message, help, fix } = self;
        let draft = match severity {
            Severity::Error => sink.error(code, span, message),
            Severity::Warning => sink.warning(code, span, message),
            Severity::Note => sink.note(code, span, message),
        };
        drop(draft.help(help).repair(fix));
    }
}
