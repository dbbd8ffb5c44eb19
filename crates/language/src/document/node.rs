//! Owns one value of the tree: what it is, where it stands, how it was written.
//! It gives no value a meaning.

use crate::source::{Span, Spanned};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its range in the text; for an alias, the range of the anchored value.
    pub span: Span,
    /// What it is.
    pub kind: NodeKind,
    pub(super) word: Word,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Box<Number>),
    /// Any other text.
    String(Box<str>),
    /// A list.
    Seq(Box<[Node]>),
    /// A mapping in document order; keys are unique.
    Map(Box<[Entry]>),
}

/// A number and how it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// Its value.
    pub value: serde_json::Number,
    /// As written, such as `1.10`.
    pub raw: Box<str>,
}

/// One entry of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key; every key is text.
    pub key: Spanned<Box<str>>,
    /// Its value.
    pub value: Node,
}

/// Equal when the values are, wherever they stand.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Node {
    /// A value at a place.
    #[must_use]
    pub fn new(span: Span, kind: NodeKind) -> Self {
        let word = Word::of(&kind);
        Self { span, kind, word }
    }

    /// The value under a key of a mapping.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The whole entry under a key of a mapping.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_map()?.iter().find(|entry| &*entry.key.value == key)
    }

    /// The text of a string (not of other scalars; see [`Node::scalar_text`]).
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self.kind {
            NodeKind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The number.
    #[must_use]
    pub fn as_number(&self) -> Option<&serde_json::Number> {
        match &self.kind {
            NodeKind::Number(number) => Some(&number.value),
            _ => None,
        }
    }

    /// The number, when it is a whole one that fits; `8080.0` is not.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number()?.as_i64()
    }

    /// The items of a list.
    #[must_use]
    pub fn as_seq(&self) -> Option<&[Self]> {
        match &self.kind {
            NodeKind::Seq(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a mapping.
    #[must_use]
    pub fn as_map(&self) -> Option<&[Entry]> {
        match &self.kind {
            NodeKind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// True for null or nothing.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self.kind, NodeKind::Null)
    }

    /// What it is, with an article, for messages.
    #[must_use]
    pub const fn kind_name(&self) -> &'static str {
        match self.kind {
            NodeKind::Null => "nothing",
            NodeKind::Bool(_) => "a truth value",
            NodeKind::Number(_) => "a number",
            NodeKind::String(_) => "text",
            NodeKind::Seq(_) => "a list",
            NodeKind::Map(_) => "a mapping",
        }
    }

    /// The text of any scalar as the author wrote it: `1.10`, `True`, `~`; empty for an absent value.
    #[must_use]
    pub fn scalar_text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Null | NodeKind::Bool(_) => Some(self.word.text()),
            NodeKind::Number(number) => Some(&number.raw),
            NodeKind::String(text) => Some(text),
            NodeKind::Seq(_) | NodeKind::Map(_) => None,
        }
    }

    /// The same value as JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.kind {
            NodeKind::Null => Value::Null,
            NodeKind::Bool(value) => Value::Bool(*value),
            NodeKind::Number(number) => Value::Number(number.value.clone()),
            NodeKind::String(text) => Value::String(text.to_string()),
            NodeKind::Seq(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            NodeKind::Map(entries) => {
                Value::Object(entries.iter().map(|e| (e.key.value.to_string(), e.value.to_json())).collect())
            }
        }
    }

    /// The value a JSON Pointer names; an empty pointer names this one.
    #[must_use]
    pub fn at_pointer(&self, pointer: &str) -> Option<&Self> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, |node, token| match &node.kind {
            NodeKind::Seq(items) => items.get(pointer_index(token)?),
            _ if token.contains('~') => node.get(&token.replace("~1", "/").replace("~0", "~")),
            _ => node.get(token),
        })
    }
}

/// RFC 6901 wants plain digits without a leading zero.
fn pointer_index(token: &str) -> Option<usize> {
    let plain = token.bytes().all(|b| b.is_ascii_digit()) && (token == "0" || !token.starts_with('0'));
    plain.then(|| token.parse().ok()).flatten()
}

/// How a null or a truth value was spelled. Fits into the padding of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// Not written at all, or not a word.
    Empty,
    Tilde,
    Null,
    NullTitle,
    NullUpper,
    True,
    TrueTitle,
    TrueUpper,
    False,
    FalseTitle,
    FalseUpper,
}

impl Word {
    pub(super) const fn of(kind: &NodeKind) -> Self {
        match kind {
            NodeKind::Null => Self::Null,
            NodeKind::Bool(true) => Self::True,
            NodeKind::Bool(false) => Self::False,
            _ => Self::Empty,
        }
    }

    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Empty => "",
            Self::Tilde => "~",
            Self::Null => "null",
            Self::NullTitle => "Null",
            Self::NullUpper => "NULL",
            Self::True => "true",
            Self::TrueTitle => "True",
            Self::TrueUpper => "TRUE",
            Self::False => "false",
            Self::FalseTitle => "False",
            Self::FalseUpper => "FALSE",
        }
    }
}
