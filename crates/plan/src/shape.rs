//! Output mappings: how a decoded response becomes the answer. Applying one is the engine's work.

use crate::{Selector, Template};

/// What an exposed unit answers, given the decoded upstream response.
#[derive(Clone, Debug)]
pub enum Outputs {
    /// Body and content type unchanged, streamed, never parsed (rule O1).
    Identity,
    /// The first shape that yields a value, bare.
    First(Box<[Shape]>),
    /// An object keyed by output name (rule O3).
    Named(Box<[(Box<str>, Shape)]>),
}

/// One mapped value. Selectors are relative to the nearest enclosing value that re-roots.
#[derive(Clone, Debug)]
pub enum Shape {
    /// The selected value with its native JSON type.
    Select(Selector),
    /// A value that does not come from the response; may hold templates over the frame.
    Constant(Template),
    /// An object with the given members, missing ones null.
    Object {
        /// Re-roots the members, when given.
        root: Option<Selector>,
        /// Members in document order.
        fields: Box<[(Box<str>, Shape)]>,
    },
    /// An array whose elements are shaped by `item`; not an array gives null.
    Array {
        /// What to iterate; the current root when absent.
        root: Option<Selector>,
        /// The shape of one element; the element itself when absent.
        item: Option<Box<Shape>>,
    },
    /// An object with free keys, each value shaped by `value`.
    Map {
        /// What to iterate; the current root when absent.
        root: Option<Selector>,
        /// The shape of one value.
        value: Box<Shape>,
    },
    /// Text cut to a number of characters.
    MaxLength(Box<Shape>, usize),
}
