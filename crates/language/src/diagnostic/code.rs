//! Owns how a code is described: its name, default weight and reference text.
//! The rows themselves are in `table`; a new code is one more row there and nothing else.

mod row;
mod table;

pub use row::Doc;
pub use table::Code;

use super::severity::Severity;
use row::Weight;

impl Code {
    /// Every code, in the order of the reference page.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        Self::ALL
    }

    /// The weight it has unless the reporter says otherwise.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self.kind() {
            Weight::Error => Severity::Error,
            Weight::Warning | Weight::Rule(_) => Severity::Warning,
            Weight::Note => Severity::Note,
        }
    }

    /// How to repair it, as the help of a diagnostic: without capital and full stop.
    #[must_use]
    pub fn help(self) -> String {
        let fix = self.doc().fix.trim_end_matches('.');
        let mut chars = fix.chars();
        chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
    }

    /// True for a deviation that a rule of the wild dialect gave a meaning.
    #[must_use]
    pub const fn is_rule(self) -> bool {
        self.rule().is_some()
    }

    /// The name of that rule.
    #[must_use]
    pub const fn rule(self) -> Option<&'static str> {
        match self.kind() {
            Weight::Rule(rule) => Some(rule),
            _ => None,
        }
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
