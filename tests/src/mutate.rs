//! Typical mistakes, made on purpose in documents that are right, and what `compile` says of each: the measure of "never wrong in
//! silence". It runs in process, so that thousands of them take seconds. What counts as a mistake is decided by the key tables and by
//! how a document is built, never by a list of exceptions.

pub mod changes;
mod mentions;
pub mod names;
pub mod places;
pub mod report;
pub mod subject;
pub mod text;
pub mod verdict;

/// A kind of mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A key is misspelt.
    Key,
    /// A word of an enumeration is misspelt.
    Word,
    /// The name of something declared in the document is misspelt, where it is used or where it is declared.
    Reference,
    /// A name inside a template is misspelt.
    Template,
    /// A name or a value of a `with` is misspelt.
    With,
    /// A selector does not parse any more.
    Selector,
    /// A key that must be there is dropped.
    Required,
    /// A value has another type.
    Type,
    /// A key stands one level too high or too low.
    Move,
}

impl Class {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 9] = [
        Self::Key,
        Self::Word,
        Self::Reference,
        Self::Template,
        Self::With,
        Self::Selector,
        Self::Required,
        Self::Type,
        Self::Move,
    ];

    /// Its name on the command line and in the report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Word => "word",
            Self::Reference => "reference",
            Self::Template => "template",
            Self::With => "with",
            Self::Selector => "selector",
            Self::Required => "required",
            Self::Type => "type",
            Self::Move => "move",
        }
    }
}

/// One mistake in one document.
#[derive(Debug, Clone)]
pub struct Mutant {
    /// Its kind.
    pub class: Class,
    /// What it does, for people: `a tool: key \`call\``.
    pub what: String,
    /// The document with the mistake.
    pub text: String,
    /// Where in it a diagnostic may point.
    pub places: Vec<std::ops::Range<usize>>,
    /// What was there before, when the diagnostic should name it.
    pub was: Option<String>,
}
