//! Owns the way from a schema of the document to a self-contained JSON Schema 2020-12: references inlined within bounds.
//! What single keywords become is in `keywords`; how schemas combine is in `merge` and `flatten`.

use super::refs::{Refs, name_of, reference};
use super::{Dialect, flatten, keywords, merge, nullable, read_only};
use crate::document::{Entry, Kind, Node};
use serde_json::{Map, Value, json};

/// About how many bytes of JSON one schema may have.
const MAX_SIZE: usize = 64 * 1024;

/// Deepest nesting of schemas in schemas, so that nobody who walks the result runs out of stack.
const MAX_DEPTH: usize = 48;

/// Bounds to try in order until the schema fits: how often one reference may stand inside itself, and how many
/// references may stand inside each other.
const BOUNDS: &[(usize, usize)] = &[(3, 24), (2, 24), (1, 24), (1, 8), (1, 4), (1, 2), (1, 1)];

/// A schema at a named place: a parameter.
pub(super) fn schema(refs: Refs<'_>, dialect: Dialect, node: &Node, name: Option<&str>) -> Value {
    fitting(refs, dialect, |converter| converter.schema(node, name))
}

/// The schema whose keywords stand in a Swagger 2.0 parameter.
pub(super) fn parameter(refs: Refs<'_>, dialect: Dialect, node: &Node, name: &str) -> Value {
    let apart = ["name", "in", "required", "description"];
    let entries: Vec<&Entry> =
        node.as_map().unwrap_or_default().iter().filter(|entry| !apart.contains(&&*entry.key.value)).collect();
    fitting(refs, dialect, |converter| Value::Object(converter.keywords(&entries, Some(name))))
}

/// The schema of a body: an object schema comes without composition at its root.
pub(super) fn root(refs: Refs<'_>, dialect: Dialect, node: &Node) -> Value {
    flatten::root(schema(refs, dialect, node, None))
}

fn fitting(refs: Refs<'_>, dialect: Dialect, convert: impl Fn(&mut Converter<'_>) -> Value) -> Value {
    let mut result = json!({});
    for (repeats, nesting) in BOUNDS {
        let mut converter = Converter {
            refs,
            dialect,
            repeats: *repeats,
            nesting: *nesting,
            stack: Vec::new(),
            depth: 0,
            left: MAX_SIZE,
        };
        result = convert(&mut converter);
        if converter.left > 0 {
            break;
        }
    }
    read_only::drop_members(&mut result);
    result
}

/// One attempt within given bounds.
pub(super) struct Converter<'a> {
    refs: Refs<'a>,
    dialect: Dialect,
    repeats: usize,
    nesting: usize,
    /// References being inlined, outermost first.
    stack: Vec<String>,
    depth: usize,
    left: usize,
}

impl Converter<'_> {
    /// Takes from the size that is left.
    pub(super) fn spend(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
    }

    /// A schema, standing as the property or parameter `name`. Empty once the size is used up.
    pub(super) fn schema(&mut self, node: &Node, name: Option<&str>) -> Value {
        self.spend(8);
        if self.left == 0 || self.depth >= MAX_DEPTH {
            return json!({});
        }
        self.depth += 1;
        let schema = match &node.kind {
            Kind::Bool(false) => json!({"not": {}}),
            Kind::Map(entries) => Value::Object(match reference(node) {
                Some(text) => self.inlined(text, entries, name),
                None => self.keywords(&entries.iter().collect::<Vec<_>>(), name),
            }),
            _ => json!({}),
        };
        self.depth -= 1;
        schema
    }

    /// What a reference names, narrowed by what stands beside it.
    fn inlined(&mut self, text: &str, entries: &[Entry], name: Option<&str>) -> Map<String, Value> {
        let target = self.target(text, name);
        // Before 3.1 the keywords beside a reference do not count, but people write descriptions there and mean them.
        let counts = |key: &str| {
            key != "$ref"
                && (self.dialect == Dialect::V31 || keywords::is_annotation(key) || nullable::is_nullable(key))
        };
        let beside: Vec<&Entry> = entries.iter().filter(|entry| counts(&entry.key.value)).collect();
        let null = beside.iter().any(|entry| nullable::says_nullable(entry));
        let beside = self.keywords(&beside, name);
        let merged = merge::conjoin(target, beside);
        if null { nullable::nullable(merged) } else { merged }
    }

    fn target(&mut self, text: &str, name: Option<&str>) -> Map<String, Value> {
        let Some(target) = self.refs.target(text) else { return Map::new() };
        let label = name_of(text);
        let repeats = self.stack.iter().filter(|outer| *outer == text).count();
        if repeats >= self.repeats || self.stack.len() >= self.nesting {
            let description = format!("A further `{label}`, nested too deeply to describe here.");
            return Map::from_iter([("description".to_owned(), Value::String(description))]);
        }
        self.stack.push(text.to_owned());
        let schema = self.schema(target, name);
        self.stack.pop();
        let Value::Object(mut schema) = schema else { return Map::new() };
        if schema.get("title").and_then(Value::as_str).is_some_and(|title| keywords::repeats(title, label)) {
            schema.remove("title");
        }
        schema
    }
}
