//! Owns what each keyword of an OpenAPI schema becomes in JSON Schema 2020-12; what is not listed here is dropped.
//! It does not follow references; keywords whose value is data are in `literal`.

use super::convert::Converter;
use super::literal::{literal, size};
use super::merge;
use super::nullable::{nullable, says_nullable};
use crate::document::{Entry, Kind, Node};
use serde_json::{Map, Value, json};

/// Keywords that say something without constraining anything.
const ANNOTATIONS: &[&str] =
    &["title", "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly"];

/// True for a keyword that constrains nothing.
pub(super) fn is_annotation(key: &str) -> bool {
    ANNOTATIONS.contains(&key)
}

/// True when two names differ at most in case and punctuation.
pub(super) fn repeats(title: &str, name: &str) -> bool {
    let plain =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    plain(title) == plain(name)
}

impl Converter<'_> {
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
            Kind::Bool(value) => Some(Value::Bool(*value)),
            Kind::Map(_) => Some(self.schema(node, None)),
            _ => None,
        }
    }
}

/// Puts a schema together: the branches of its `allOf`, its own keywords, null.
fn finish(branches: Vec<Map<String, Value>>, own: Map<String, Value>, null: bool) -> Map<String, Value> {
    let mut map = branches.into_iter().fold(Map::new(), merge::conjoin);
    map = if map.is_empty() { own } else { merge::conjoin(map, own) };
    for key in ["anyOf", "oneOf"] {
        // A choice of one is none.
        if map.get(key).and_then(Value::as_array).is_some_and(|choices| choices.len() == 1)
            && let Some(Value::Array(choices)) = map.shift_remove(key)
        {
            map = choices.into_iter().filter_map(into_map).fold(map, |map, only| merge::conjoin(only, map));
        }
    }
    if map.get("type") == Some(&json!("array")) && !map.contains_key("items") && !map.contains_key("prefixItems") {
        // Several clients refuse arrays that do not say what they hold.
        map.insert("items".to_owned(), json!({}));
    }
    if null { nullable(map) } else { map }
}

fn rename(map: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(value) = map.shift_remove(from) {
        map.insert(to.to_owned(), value);
    }
}

fn into_map(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        _ => None,
    }
}
