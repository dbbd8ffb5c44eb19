//! What is wrong with a name, as a value: names are looked up where nobody reports, and the unit that wrote one says what is wrong
//! with it.

use crate::{
    diagnostic::{Code, Defect, Fix, Severity, Sink},
    source::{Span, Spanned},
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
    fix: Option<Fix>,
    /// The other place of a name that is spelt differently at two.
    other: Option<Span>,
}

impl Problem {
    /// A name that means nothing.
    pub(super) fn unknown(span: Span, message: String, help: String) -> Self {
        Self { code: Code::UnknownName, severity: Severity::Error, span, message, help, fix: None, other: None }
    }

    /// A name that is a slip of another one. It points at the part that differs.
    pub(super) fn slip(written: Spanned<&str>, message: String, meant: &str) -> Self {
        let Slip { at, fix } = Slip::of(written, meant);
        Self { fix, ..Self::unknown(at, message, format!("did you mean `{meant}`?")) }
    }

    /// The same, of a step's output.
    pub(super) fn step(span: Span, message: String, help: String) -> Self {
        Self { code: Code::UnresolvedStep, ..Self::unknown(span, message, help) }
    }

    /// With another code.
    pub(super) fn coded(self, code: Code) -> Self {
        Self { code, ..self }
    }

    /// The same, where it may be meant.
    pub(super) fn doubtful(self) -> Self {
        Self { severity: Severity::Warning, fix: self.fix.map(Fix::doubtful), ..self }
    }

    /// With other words of what to do.
    pub(super) fn helped(self, help: String) -> Self {
        Self { help, ..self }
    }

    /// With the other place of the name.
    pub(super) fn beside(self, other: Span) -> Self {
        Self { other: Some(other), ..self }
    }

    /// The error it is, when it is one.
    pub(super) fn defect(&self) -> Option<Defect> {
        let Self { code, span, message, .. } = self;
        let defect = Defect { code: *code, message: message.clone(), span: Some(*span) };
        (self.severity == Severity::Error).then_some(defect)
    }

    /// Says it.
    pub(super) fn report(self, sink: &mut Sink) {
        let Self { code, severity, span, message, help, fix, other } = self;
        let draft = sink.weighed(severity, code, span, message).help(help).repair(fix);
        match other.filter(|other| *other != span) {
            Some(other) => drop(draft.label(other, "spelt otherwise here")),
            None => drop(draft),
        }
    }
}

/// Where a name differs from the one that is meant.
pub(super) struct Slip {
    pub(super) at: Span,
    /// What would repair it.
    pub(super) fix: Option<Fix>,
}

impl Slip {
    /// Compares two dotted names, part by part where they have as many.
    pub(super) fn of(written: Spanned<&str>, meant: &str) -> Self {
        let parts = || written.value.split('.').zip(meant.split('.'));
        let same_length = written.value.split('.').count() == meant.split('.').count();
        let equal = |(one, other): &(&str, &str)| one == other;
        let before: usize = parts().take_while(equal).map(|(part, _)| part.len() + 1).sum();
        let differing: Vec<_> = parts().filter(|both| !equal(both)).collect();
        let (part, meant) = match differing.as_slice() {
            [(part, meant)] if same_length => (written.part(before, before + part.len()), *meant),
            _ => (written, meant),
        };
        Self { at: part.span, fix: Some(Fix::word(part.span, part.value, meant)) }
    }

    /// A name that is near nothing.
    pub(super) const fn none(at: Span) -> Self {
        Self { at, fix: None }
    }
}
