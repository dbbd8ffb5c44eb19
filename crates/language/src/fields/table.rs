//! Owns the form of a key table: plain constant data that readers, suggestions and the JSON Schema share.
//! It holds no table itself; each front end has its own.

use crate::document::Node;

/// The keys of one kind of mapping.
#[derive(Debug)]
pub struct Table {
    /// What the mapping is, with an article fit for messages: `a consumed operation`.
    pub name: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
    /// True when other keys are data, not mistakes.
    pub open: bool,
}

/// One key of a table.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The official spelling.
    pub name: &'static str,
    /// Other spellings that are read as the same key; the official one wins.
    pub aliases: &'static [&'static str],
    /// What it is for.
    pub doc: &'static str,
    /// What it holds.
    pub ty: KeyType,
    /// True when the JSON Schema should demand it.
    pub required: bool,
    /// True for a key of ours that the standard does not know.
    pub extension: bool,
    /// What becomes of it.
    pub support: Support,
}

/// What a key holds.
#[derive(Debug, Clone, Copy)]
pub enum KeyType {
    /// Anything.
    Any,
    /// Text; numbers and truth values are taken as written.
    Text,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Bool,
    /// One of these words.
    Enum(&'static [&'static str]),
    /// One of these words, or another one that published files use.
    Words(&'static Words),
    /// A list of texts; a single text counts as one.
    TextList,
    /// A list of these.
    List(&'static KeyType),
    /// A mapping from names of the author's choice to these.
    Map(&'static KeyType),
    /// A mapping with these keys.
    Object(&'static Table),
    /// A named collection: a mapping from name to item, or a list of items that carry their name.
    Named(&'static Table),
    /// Any of these.
    OneOf(&'static [KeyType]),
    /// The first of these where the mapping around it and the value itself are like that, else the second.
    When(Guard, &'static KeyType, &'static KeyType),
}

/// Looks at the mapping a key stands in, and at its value.
pub type Guard = fn(&Node, &Node) -> bool;

/// The words of an enumeration. They are compared without case.
#[derive(Debug)]
pub struct Words {
    /// What authors should write, and what messages list.
    pub official: &'static [&'static str],
    /// What is read as well.
    pub also: &'static [&'static str],
    /// Other words that are read, by their form.
    pub form: fn(&str) -> bool,
}

impl Words {
    /// Words alone.
    #[must_use]
    pub const fn new(official: &'static [&'static str], also: &'static [&'static str]) -> Self {
        Self { official, also, form: |_| false }
    }

    /// Whether a word is read.
    #[must_use]
    pub fn has(&self, word: &str) -> bool {
        let word = word.trim();
        self.official.iter().chain(self.also).any(|known| known.eq_ignore_ascii_case(word)) || (self.form)(word)
    }
}

/// What becomes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// Code reads it.
    Read,
    /// For people; it has no behaviour by nature.
    Prose,
    /// Nothing acts on it, for this reason; its presence is a warning.
    Unsupported(&'static str),
}

impl Table {
    /// A closed table.
    #[must_use]
    pub const fn new(name: &'static str, doc: &'static str, keys: &'static [Key]) -> Self {
        Self { name, doc, keys, open: false }
    }

    /// A table that lets other keys pass.
    #[must_use]
    pub const fn open(name: &'static str, doc: &'static str, keys: &'static [Key]) -> Self {
        Self { name, doc, keys, open: true }
    }

    /// The row of a key, by its official or another spelling.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name || key.aliases.contains(&name))
    }

    /// Every spelling that is read.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.keys.iter().flat_map(|key| std::iter::once(key.name).chain(key.aliases.iter().copied()))
    }
}

impl Key {
    /// A key that code reads.
    #[must_use]
    pub const fn new(name: &'static str, ty: KeyType, doc: &'static str) -> Self {
        Self { name, aliases: &[], doc, ty, required: false, extension: false, support: Support::Read }
    }

    /// A text for people.
    #[must_use]
    pub const fn prose(name: &'static str, doc: &'static str) -> Self {
        Self { support: Support::Prose, ..Self::new(name, KeyType::Text, doc) }
    }

    /// A key of the dialect that nothing acts on, and why.
    #[must_use]
    pub const fn unsupported(name: &'static str, ty: KeyType, doc: &'static str, reason: &'static str) -> Self {
        Self { support: Support::Unsupported(reason), ..Self::new(name, ty, doc) }
    }

    /// Also read under these spellings.
    #[must_use]
    pub const fn or(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// Must be there.
    #[must_use]
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Ours, not the standard's.
    #[must_use]
    pub const fn ours(self) -> Self {
        Self { extension: true, ..self }
    }
}
