//! Owns the JSON Schema of capability files, made from the key tables that also read them.
//! It adds no key of its own: what a table does not list, the schema does not know.

use crate::diagnostic::Sink;
use crate::document::{self, Node};
use crate::fields::{Key, KeyType, Support, Table};
use crate::keys;
use crate::notes::note;
use crate::source::SourceSet;
use crate::test_file::TEST_FILE;
use serde_json::{Map, Value, json};
use std::collections::VecDeque;

/// How the schemas are named, for editors and for other schemas. A name, not an address: they come with the program.
const NAMED: &str = "urn:capstan:schemas:";

/// The JSON Schema (2020-12) of a capability file, for editors and for checking elsewhere.
#[must_use]
pub fn json_schema() -> Value {
    schema_of(&keys::ROOT, "capability", "Capstan capability document")
}

/// The JSON Schema (2020-12) of a test file.
#[must_use]
pub fn test_schema() -> Value {
    schema_of(&TEST_FILE, "test-file", "Capstan test file")
}

fn schema_of(table: &'static Table, name: &str, title: &str) -> Value {
    let mut names = Names::default();
    let mut root = Map::new();
    root.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    root.insert("$id".to_owned(), json!(format!("{NAMED}{name}")));
    root.insert("title".to_owned(), json!(title));
    root.extend(mapping(table, &mut names));
    let mut defs = Map::new();
    while let Some((name, table)) = names.waiting.pop_front() {
        defs.insert(name, Value::Object(mapping(table, &mut names)));
    }
    root.insert("$defs".to_owned(), Value::Object(defs));
    Value::Object(root)
}

/// Every key table, that of a document first, then in the order in which they are mentioned.
#[must_use]
pub fn tables() -> Vec<&'static Table> {
    reached(&keys::ROOT)
}

/// The same of a test file.
pub(crate) fn test_tables() -> Vec<&'static Table> {
    reached(&TEST_FILE)
}

fn reached(table: &'static Table) -> Vec<&'static Table> {
    let mut names = Names::default();
    names.reference(table);
    while let Some((_, table)) = names.waiting.pop_front() {
        mapping(table, &mut names);
    }
    names.known.into_iter().map(|(table, _)| table).collect()
}

/// Names the definitions, and remembers those that were mentioned and not yet written.
#[derive(Default)]
struct Names {
    known: Vec<(&'static Table, String)>,
    waiting: VecDeque<(String, &'static Table)>,
}

impl Names {
    /// A reference to the definition of a table.
    fn reference(&mut self, table: &'static Table) -> Value {
        if let Some((_, name)) = self.known.iter().find(|(known, _)| std::ptr::eq(*known, table)) {
            return json!({"$ref": format!("#/$defs/{name}")});
        }
        let base = definition_name(table.name);
        let mut name = base.clone();
        let mut number = 2;
        while self.known.iter().any(|(_, other)| *other == name) {
            name = format!("{base}{number}");
            number += 1;
        }
        self.known.push((table, name.clone()));
        self.waiting.push_back((name.clone(), table));
        json!({"$ref": format!("#/$defs/{name}")})
    }
}

/// `a consumed API` becomes `ConsumedAPI`.
fn definition_name(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !matches!(*word, "" | "a" | "an" | "the"));
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>())
    };
    words.filter_map(capital).collect()
}

/// The schema of a mapping with the keys of a table.
fn mapping(table: &'static Table, names: &mut Names) -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("description".to_owned(), json!(table.doc));
    schema.insert("markdownDescription".to_owned(), json!(table.doc));
    schema.insert("type".to_owned(), json!("object"));
    let mut properties = Map::new();
    for key in table.keys {
        let mut schema = property(key, key.doc, names);
        annotate(&mut schema, table, key);
        properties.insert(key.name.to_owned(), schema);
        for alias in key.aliases {
            let doc = format!("Read as `{}`: {}", key.name, key.doc);
            let mut other = property(key, &doc, names);
            if let Some(members) = other.as_object_mut() {
                // Editors strike it through and offer the official one.
                members.insert("deprecated".to_owned(), json!(true));
                members.insert("deprecationMessage".to_owned(), json!(format!("Write `{}`.", key.name)));
            }
            properties.entry(*alias).or_insert(other);
        }
    }
    schema.insert("properties".to_owned(), Value::Object(properties));
    let (single, several): (Vec<&Key>, Vec<&Key>) =
        table.keys.iter().filter(|key| key.required).partition(|key| key.aliases.is_empty());
    if std::ptr::eq(table, &keys::EXPOSES) {
        // An import has its kind where it comes from.
        schema.insert("anyOf".to_owned(), json!([{"required": ["type"]}, {"required": ["from"]}]));
    } else if !single.is_empty() {
        schema.insert("required".to_owned(), single.iter().map(|key| key.name).collect());
    }
    // A key with several spellings is there when one of them is.
    let mut all: Vec<Value> = several.into_iter().map(|key| json!({"anyOf": spellings(key)})).collect();
    if std::ptr::eq(table, &keys::EXPOSES) {
        all.extend(keys::EXPOSURES.iter().map(|(words, kind)| exposure(words, kind.table(), names)));
    }
    if !all.is_empty() {
        schema.insert("allOf".to_owned(), Value::Array(all));
    }
    if !table.open {
        schema.insert("patternProperties".to_owned(), json!({"^x-": true}));
        schema.insert("additionalProperties".to_owned(), json!(false));
    }
    schema
}

fn spellings(key: &Key) -> Vec<Value> {
    std::iter::once(&key.name).chain(key.aliases).map(|name| json!({"required": [name]})).collect()
}

/// An exposure whose `type` is one of these words has the keys of that table.
fn exposure(words: &[&str], table: &'static Table, names: &mut Names) -> Value {
    json!({
        "if": {"properties": {"type": {"enum": words}}, "required": ["type"]},
        "then": names.reference(table),
    })
}

/// The schema of one key.
fn property(key: &Key, doc: &str, names: &mut Names) -> Value {
    let mut schema = match key.support {
        // What is for people alone may have any form.
        Support::Prose => json!({}),
        Support::Read | Support::Unsupported(_) => holds(&key.ty, names),
    };
    let Value::Object(map) = &mut schema else { return schema };
    let text = match key.support {
        Support::Unsupported(reason) => format!("{doc} Not supported: {reason}."),
        Support::Read | Support::Prose => doc.to_owned(),
    };
    map.insert("description".to_owned(), json!(text));
    map.insert("markdownDescription".to_owned(), json!(text));
    if let Support::Unsupported(reason) = key.support {
        map.insert("deprecated".to_owned(), json!(true));
        map.insert("deprecationMessage".to_owned(), json!(reason));
    }
    if key.extension {
        map.insert("x-capstan".to_owned(), json!(true));
    }
    schema
}

/// Adds what editors offer: the default, and an example.
fn annotate(schema: &mut Value, table: &'static Table, key: &Key) {
    let (Some(note), Some(members)) = (note(table, key.name), schema.as_object_mut()) else { return };
    if let Some(default) = note.default {
        let doc = format!("{} Default: {default}.", key.doc);
        members.insert("description".to_owned(), json!(doc));
        members.insert("markdownDescription".to_owned(), json!(doc));
        // Only what can be written is one; others are told in words.
        match value(default) {
            Some(Value::String(word)) if !words_of(&key.ty).contains(&word.as_str()) => {}
            Some(value) => drop(members.insert("default".to_owned(), value)),
            None => {}
        }
    }
    if let Some(example) = note.example.and_then(value) {
        members.insert("examples".to_owned(), json!([example]));
    }
}

/// The words of an enumeration.
fn words_of(ty: &KeyType) -> &[&'static str] {
    match ty {
        KeyType::Enum(words) => words,
        KeyType::Words(words) => words.official,
        _ => &[],
    }
}

/// A value as YAML on one line says it.
fn value(text: &str) -> Option<Value> {
    let (mut sources, mut sink) = (SourceSet::new(), Sink::new());
    let (_, document) = document::load(&mut sources, "", text.as_bytes().to_vec(), &mut sink);
    document.map(|document| Node::to_json(&document.root))
}

/// The schema of what a key holds.
fn holds(ty: &KeyType, names: &mut Names) -> Value {
    match ty {
        KeyType::Any => json!({}),
        KeyType::Text => text(),
        KeyType::Number => json!({"type": "number"}),
        KeyType::Integer => json!({"type": "integer"}),
        KeyType::Bool => json!({"type": "boolean"}),
        KeyType::Enum(words) => json!({"type": "string", "enum": words}),
        KeyType::Words(words) => {
            let all: Vec<_> = words.official.iter().chain(words.also).collect();
            // Words are compared without case; what is known by its form cannot be listed.
            let form = (words.form)("a/b").then(|| json!({"pattern": "/"}));
            let listed = all.iter().map(|word| word.to_string());
            let cases = all.iter().flat_map(|word| [word.to_ascii_lowercase(), word.to_ascii_uppercase()]);
            let mut known: Vec<String> = Vec::new();
            for word in listed.chain(cases) {
                if !known.contains(&word) {
                    known.push(word);
                }
            }
            match form {
                Some(form) => json!({"type": "string", "anyOf": [{"enum": known}, form]}),
                None => json!({"type": ["string", "number"], "enum": known}),
            }
        }
        KeyType::When(_, one, other) => json!({"anyOf": [holds(one, names), holds(other, names)]}),
        KeyType::TextList => json!({"type": ["string", "number", "boolean", "array"], "items": text()}),
        KeyType::List(item) => json!({"type": "array", "items": holds(item, names)}),
        KeyType::Map(item) => json!({"type": "object", "additionalProperties": holds(item, names)}),
        KeyType::Object(table) => names.reference(table),
        KeyType::Named(table) => {
            // Each keyword minds its own type, and complaints name the item rather than the choice.
            let item = names.reference(table);
            json!({"type": ["object", "array"], "additionalProperties": item, "items": item})
        }
        KeyType::OneOf(types) => json!({"anyOf": types.iter().map(|ty| holds(ty, names)).collect::<Vec<_>>()}),
    }
}

/// Text, which may be written as a number or truth value.
fn text() -> Value {
    json!({"type": ["string", "number", "boolean"]})
}

#[cfg(test)]
mod tests;
