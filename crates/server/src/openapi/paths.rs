//! The paths of a document. Patterns that differ in the names of placeholders alone are one path here, with the names of the first.

use std::collections::HashMap;

use capstan_plan::{Pattern, Piece, Segment};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value};

/// What cannot stand in a path as it is, or means something else there.
const ENCODED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b']')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The paths so far.
#[derive(Debug, Default)]
pub(super) struct Paths {
    items: Map<String, Value>,
    /// The path of each pattern, and the names of its placeholders.
    known: HashMap<String, (String, Vec<String>)>,
    /// How often each name of an operation was given out.
    names: HashMap<String, u32>,
}

/// A path of the document, as a pattern leads to it.
pub(super) struct At {
    path: String,
    /// The names of its placeholders, in the order of the pattern's own.
    pub(super) names: Vec<String>,
}

impl Paths {
    /// The path of a pattern.
    pub(super) fn at(&mut self, pattern: &Pattern) -> At {
        let names: Vec<String> = pattern.params().map(str::to_owned).collect();
        let (path, names) = self.known.entry(pattern.key()).or_insert_with(|| (written(pattern), names)).clone();
        At { path, names }
    }

    /// A name for an operation that no other one has.
    pub(super) fn operation_id(&mut self, wanted: &str) -> String {
        let count = self.names.entry(wanted.to_owned()).or_default();
        *count += 1;
        if *count == 1 { wanted.to_owned() } else { format!("{wanted}-{count}") }
    }

    /// Whether something answers a method at a path already.
    pub(super) fn has(&self, at: &At, method: &str) -> bool {
        self.items.get(&at.path).and_then(|item| item.get(method)).is_some()
    }

    /// Enters an operation.
    pub(super) fn enter(&mut self, at: &At, method: &str, operation: Value) {
        let item = self.items.entry(at.path.clone()).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(item) = item {
            item.insert(method.to_owned(), operation);
        }
    }

    /// All of them.
    pub(super) fn value(self) -> Value {
        self.items.into()
    }
}

/// A pattern as a path of a document: literals encoded, placeholders in braces.
fn written(pattern: &Pattern) -> String {
    let mut out = String::new();
    for segment in &pattern.segments {
        out.push('/');
        match segment {
            Segment::Literal(text) => out.extend(utf8_percent_encode(text, ENCODED)),
            Segment::Rest(name) => out.push_str(&format!("{{{name}}}")),
            Segment::Pieces(pieces) => pieces.iter().for_each(|piece| match piece {
                Piece::Literal(text) => out.extend(utf8_percent_encode(text, ENCODED)),
                Piece::Param(name) => out.push_str(&format!("{{{name}}}")),
            }),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_path_for_patterns_that_answer_the_same_requests() {
        let mut paths = Paths::default();
        let first = paths.at(&Pattern::parse("/a b/{x}.json", None).unwrap());
        let second = paths.at(&Pattern::parse("/a b/{other}.json", None).unwrap());
        assert_eq!(first.path, "/a%20b/{x}.json");
        assert_eq!((&second.path, &second.names), (&first.path, &first.names));
        assert_eq!(["get", "get", "list"].map(|name| paths.operation_id(name)), ["get", "get-2", "list"]);
    }
}
