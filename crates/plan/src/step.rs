//! One step of a way into a JSON value. Templates and selectors are made of them.

/// One step into a JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathStep {
    /// A member by name (on an array, a name that is a number indexes it).
    Field(Box<str>),
    /// An element by position; negative counts from the end.
    Index(i64),
}
