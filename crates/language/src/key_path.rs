//! Owns key paths such as `exposes[0].tools[2].call`: cheap to extend while reading, text only when needed.
//! It does not look anything up.

use std::fmt;
use std::rc::Rc;

/// Where in a document a value stands, as a chain of keys and list positions.
#[derive(Debug, Clone, Default)]
pub struct KeyPath<'d>(Option<Rc<Segment<'d>>>);

#[derive(Debug)]
struct Segment<'d> {
    parent: KeyPath<'d>,
    step: Step<'d>,
}

#[derive(Debug)]
enum Step<'d> {
    Key(&'d str),
    Index(usize),
}

impl<'d> KeyPath<'d> {
    /// The path of the outermost value.
    #[must_use]
    pub const fn root() -> Self {
        Self(None)
    }

    /// The path of the value under a key.
    #[must_use]
    pub fn key(&self, key: &'d str) -> Self {
        self.step(Step::Key(key))
    }

    /// The path of a list item.
    #[must_use]
    pub fn index(&self, at: usize) -> Self {
        self.step(Step::Index(at))
    }

    fn step(&self, step: Step<'d>) -> Self {
        Self(Some(Rc::new(Segment { parent: self.clone(), step })))
    }

    fn write(&self, out: &mut String) {
        let Some(segment) = &self.0 else { return };
        segment.parent.write(out);
        match segment.step {
            Step::Key(key) => push_key(out, key),
            Step::Index(at) => push_index(out, at),
        }
    }
}

impl fmt::Display for KeyPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.write_str(&out)
    }
}

/// Appends a key to a path; keys that would be mistaken for structure are quoted.
pub(crate) fn push_key(path: &mut String, key: &str) {
    if key.is_empty() || key.contains(['.', '[', ']', '"']) {
        path.push('[');
        path.push_str(&serde_json::Value::from(key).to_string());
        path.push(']');
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}

/// Appends a list position to a path.
pub(crate) fn push_index(path: &mut String, at: usize) {
    path.push('[');
    path.push_str(&at.to_string());
    path.push(']');
}
