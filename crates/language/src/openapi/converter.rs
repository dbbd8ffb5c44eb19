//! Owns what each keyword of an OpenAPI schema becomes in JSON Schema 2020-12, references inlined within bounds; what is not
//! listed here is dropped. How schemas combine is in `merge` and `assemble`; keywords whose value is data are in `literal`.

use super::annotation::{is_annotation, repeats};
use super::assemble::{finish, into_map, rename};
use super::dialect::Dialect;
use super::literal::{literal, size};
use super::merge::conjoin;
use super::nullable::{is_nullable, nullable, says_nullable};
use super::refs::{Refs, name_of, reference};
use crate::document::{Entry, Node, NodeKind};
use crate::source::FileId;
use serde_json::{Map, Value, json};

/// About how many bytes of JSON one schema may have.
const MAX_SIZE: usize = 64 * 1024;

/// Deepest nesting of schemas in schemas, so that nobody who walks the result runs out of stack.
const MAX_DEPTH: usize = 48;

/// One attempt within given bounds.
pub(super) struct Converter<'a> {
    refs: Refs<'a>,
    dialect: Dialect,
    repeats: usize,
    nesting: usize,
    /// References being inlined with the files they stand in, outermost first.
    stack: Vec<(FileId, String)>,
    depth: usize,
    left: usize,
}

impl<'a> Converter<'a> {
    /// An attempt in which a reference may stand `repeats` times inside itself, and `nesting` references inside each other.
    pub(super) fn new(refs: Refs<'a>, dialect: Dialect, (repeats, nesting): (usize, usize)) -> Self {
        Self { refs, dialect, repeats, nesting, stack: Vec::new(), depth: 0, left: MAX_SIZE }
    }

    /// Whether the result has everything.
    pub(super) fn fits(&self) -> bool {
        self.left > 0
    }

    /// Takes from the size that is left.
    fn spend(&mut self, bytes: usize) {
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
            NodeKind::Bool(false) => json!({"not": {}}),
            NodeKind::Map(entries) => Value::Object(match reference(node) {
                Some(text) => self.inlined((node.span.file, text), entries, name),
                None => self.keywords(&entries.iter().collect::<Vec<_>>(), name),
            }),
            _ => json!({}),
        };
        self.depth -= 1;
        schema
    }

    /// What a reference names, narrowed by what stands beside it.
    fn inlined(&mut self, at: (FileId, &str), entries: &[Entry], name: Option<&str>) -> Map<String, Value> {
        let target = self.target(at, name);
        // Before 3.1 the keywords beside a reference do not count, but people write descriptions there and mean them.
        let counts =
            |key: &str| key != "$ref" && (self.dialect == Dialect::V31 || is_annotation(key) || is_nullable(key));
        let beside: Vec<&Entry> = entries.iter().filter(|entry| counts(&entry.key.value)).collect();
        let null = beside.iter().any(|entry| says_nullable(entry));
        let beside = self.keywords(&beside, name);
        let merged = conjoin(target, beside);
        if null { nullable(merged) } else { merged }
    }

    fn target(&mut self, (file, text): (FileId, &str), name: Option<&str>) -> Map<String, Value> {
        let Some(target) = self.refs.target(file, text) else { return Map::new() };
        let label = name_of(text);
        let inside = self.stack.iter().filter(|(outer, known)| (*outer, known.as_str()) == (file, text)).count();
        if inside >= self.repeats || self.stack.len() >= self.nesting {
            let description = format!("A further `{label}`, nested too deeply to describe here.");
            let mut cut = Map::from_iter([("description".to_owned(), Value::String(description))]);
            if let Some((key, value)) = target.get("type").and_then(|ty| literal("type", ty, false)) {
                cut.insert(key.to_owned(), value);
            }
            return cut;
        }
        self.stack.push((file, text.to_owned()));
        let schema = self.schema(target, name);
        self.stack.pop();
        let Value::Object(mut schema) = schema else { return Map::new() };
        if schema.get("title").and_then(Value::as_str).is_some_and(|title| repeats(title, label)) {
            schema.remove("title");
        }
        schema
    }

    /// The keywords of one schema, with `allOf` merged into them.
    pub(super) fn keywords(&mut self, entries: &[&Entry], name: Option<&str>) -> Map<String, Value> {
        let textual = entries.iter().any(|e| &*e.key.value == "type" && e.value.as_str() == Some("string"));
        let mut map = Map::new();
        let mut branches = Vec::new();
        for entry in entries {
            let (key, node) = (&*entry.key.value, &entry.value);
            match key {
                "allOf" => {
                    for branch in node.as_seq().unwrap_or_default() {
                        branches.extend(into_map(self.schema(branch, name)));
                    }
                }
                "anyOf" | "oneOf" | "prefixItems" => {
                    let items: Vec<Value> = self.schemas(node, name);
                    if !items.is_empty() {
                        map.insert(key.to_owned(), Value::Array(items));
                    }
                }
                "properties" | "patternProperties" | "dependentSchemas" => {
                    map.insert(key.to_owned(), Value::Object(self.named(node)));
                }
                "items" if node.as_seq().is_some() => {
                    let items = self.schemas(node, None);
                    map.insert("prefixItems".to_owned(), Value::Array(items));
                }
                "items" | "additionalProperties" | "unevaluatedProperties" | "unevaluatedItems" => {
                    if let Some(value) = self.open_or_schema(node) {
                        map.insert(key.to_owned(), value);
                    }
                }
                "contains" | "propertyNames" | "not" | "if" | "then" | "else" => {
                    let value = self.schema(node, None);
                    map.insert(key.to_owned(), value);
                }
                _ => {
                    if let Some((key, value)) = literal(key, node, textual) {
                        self.spend(size(&value));
                        map.insert(key.to_owned(), value);
                    }
                }
            }
            self.spend(key.len() + 4);
        }
        if entries.iter().any(|entry| &*entry.key.value == "exclusiveMinimum" && entry.value.as_bool() == Some(true)) {
            rename(&mut map, "minimum", "exclusiveMinimum");
        }
        if entries.iter().any(|entry| &*entry.key.value == "exclusiveMaximum" && entry.value.as_bool() == Some(true)) {
            rename(&mut map, "maximum", "exclusiveMaximum");
        }
        if let (Some(title), Some(name)) = (map.get("title").and_then(Value::as_str), name)
            && repeats(title, name)
        {
            map.remove("title");
        }
        finish(branches, map, entries.iter().any(|entry| says_nullable(entry)))
    }

    fn schemas(&mut self, node: &Node, name: Option<&str>) -> Vec<Value> {
        node.as_seq().unwrap_or_default().iter().map(|item| self.schema(item, name)).collect()
    }

    fn named(&mut self, node: &Node) -> Map<String, Value> {
        let entries = node.as_map().unwrap_or_default().iter();
        entries.map(|e| (e.key.value.to_string(), self.schema(&e.value, Some(&e.key.value)))).collect()
    }

    /// A place where `true` and `false` are customary.
    fn open_or_schema(&mut self, node: &Node) -> Option<Value> {
        match &node.kind {
            NodeKind::Bool(value) => Some(Value::Bool(*value)),
            NodeKind::Map(_) => Some(self.schema(node, None)),
            _ => None,
        }
    }
}
