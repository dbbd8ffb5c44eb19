//! Nothing inert: every key of the two official schemas is a row of our key tables. A row that is read has a behaviour test whose
//! documents give another plan or other diagnostics when the key is changed; a row that is not supported says why (and a document
//! that has it gets that as a warning).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop at once"
)]

#[path = "inert/behaviour.rs"]
mod behaviour;
#[path = "inert/documents.rs"]
mod documents;
#[path = "inert/inner.rs"]
mod inner;

use behaviour::{BEHAVIOUR, LONG, TELLING};
use capstan_language::fields::{Key, KeyType, Support, Table};
use documents::{Case, Outcome, Place};
use inner::FREE;
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::LazyLock,
};

static TABLES: LazyLock<Vec<&'static Table>> = LazyLock::new(capstan_language::tables);

fn table(name: &str) -> &'static Table {
    TABLES.iter().find(|table| table.name == name).unwrap_or_else(|| panic!("no table is called {name}"))
}

/// What a value is read as.
#[derive(Clone, Copy)]
enum Holds {
    Type(&'static KeyType),
    Mapping(&'static Table),
    /// The author's own data, or what a row that is not read holds.
    Free,
}

#[derive(Default)]
struct Walk {
    /// Object and key (in our spelling) to what becomes of it.
    found: BTreeMap<(&'static str, String), Support>,
    wrong: BTreeSet<String>,
}

/// The schemas that say what stands at a place, all references and choices opened.
fn opened<'s>(root: &'s Value, schema: &'s Value, into: &mut Vec<&'s Map<String, Value>>) {
    let Value::Object(map) = schema else { return };
    into.push(map);
    if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
        let target = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        opened(root, target.unwrap_or_else(|| panic!("{reference} leads nowhere")), into);
    }
    for word in ["oneOf", "anyOf", "allOf"] {
        map.get(word).and_then(Value::as_array).into_iter().flatten().for_each(|choice| opened(root, choice, into));
    }
    for word in ["then", "else"] {
        map.get(word).into_iter().for_each(|choice| opened(root, choice, into));
    }
}

impl Walk {
    fn value(&mut self, root: &Value, schema: &Value, holds: Holds, seen: &mut Vec<(usize, &'static str)>) {
        let mut all = Vec::new();
        opened(root, schema, &mut all);
        // An exposure's table depends on its `type`, so each choice is looked at by itself.
        if let Holds::Type(KeyType::Object(table)) = holds
            && table.name == "an exposure"
        {
            for map in &all {
                let kind = map.get("properties").and_then(|p| p.get("type")).and_then(|t| t.get("const"));
                let name = match kind.and_then(Value::as_str) {
                    Some("rest") | None => "a REST exposure",
                    Some("mcp") => "an MCP exposure",
                    Some("skill") => "a skill exposure",
                    Some("control") => "a control exposure",
                    Some(other) => panic!("exposures of type {other} are not known here"),
                };
                self.members(root, map, self::table(name), seen);
            }
            return;
        }
        // Of a choice, each kind that has members is looked at by itself.
        if let Holds::Type(KeyType::OneOf(types)) = holds
            && types.iter().any(|ty| matches!(ty, KeyType::Object(_)))
        {
            types.iter().for_each(|ty| self.value(root, schema, Holds::Type(ty), seen));
            return;
        }
        if let Holds::Type(KeyType::When(_, one, _)) = holds {
            return self.value(root, schema, Holds::Type(one), seen);
        }
        for map in all {
            let items = map.get("items").filter(|items| items.is_object());
            let free = map.get("additionalProperties").filter(|members| members.is_object());
            match holds {
                Holds::Free => {}
                Holds::Type(KeyType::Object(table)) => self.members(root, map, table, seen),
                Holds::Type(KeyType::Named(table)) => {
                    for one in items.into_iter().chain(free) {
                        self.value(root, one, Holds::Mapping(table), seen);
                    }
                }
                Holds::Type(KeyType::List(ty)) => {
                    items.into_iter().for_each(|one| self.value(root, one, Holds::Type(ty), seen));
                }
                Holds::Type(KeyType::Map(ty)) => {
                    free.into_iter().for_each(|one| self.value(root, one, Holds::Type(ty), seen));
                }
                Holds::Type(KeyType::OneOf(types)) => {
                    let mappings = types.iter().filter(|ty| matches!(ty, KeyType::Object(_) | KeyType::List(_)));
                    mappings.for_each(|ty| self.value(root, schema, Holds::Type(ty), seen));
                }
                Holds::Mapping(table) => self.members(root, map, table, seen),
                Holds::Type(_) => {
                    if let Some(members) = map.get("properties").and_then(Value::as_object) {
                        self.wrong.insert(format!("{:?} are read as one value", members.keys().collect::<Vec<_>>()));
                    }
                }
            }
        }
    }

    fn members(
        &mut self,
        root: &Value,
        map: &Map<String, Value>,
        table: &'static Table,
        seen: &mut Vec<(usize, &'static str)>,
    ) {
        let Some(members) = map.get("properties").and_then(Value::as_object) else { return };
        let place = (std::ptr::from_ref(members) as usize, table.name);
        if seen.contains(&place) {
            return;
        }
        seen.push(place);
        for (key, schema) in members {
            let Some(row) = table.key(key) else {
                self.wrong.insert(format!("{} has no row for `{key}`", table.name));
                continue;
            };
            self.words(root, table, row, schema);
            self.found.insert((table.name, row.name.to_owned()), row.support);
            let holds = if matches!(row.support, Support::Read) { within(table, row) } else { Holds::Free };
            self.value(root, schema, holds, seen);
        }
    }

    /// An enumeration of the standard is one of ours: its words are known, and others are found.
    fn words(&mut self, root: &Value, table: &'static Table, row: &'static Key, schema: &Value) {
        let mut all = Vec::new();
        opened(root, schema, &mut all);
        let texts = all.iter().flat_map(|map| {
            let one = map.get("const").filter(|value| value.is_string());
            map.get("enum").and_then(Value::as_array).into_iter().flatten().chain(one)
        });
        for word in texts.filter_map(Value::as_str) {
            let known = match &row.ty {
                KeyType::Enum(words) => words.contains(&word),
                KeyType::Words(words) => words.official.contains(&word),
                KeyType::OneOf(types) => {
                    types.iter().any(|ty| matches!(ty, KeyType::Words(words) if words.official.contains(&word)))
                }
                _ => row.support != Support::Read,
            };
            if !known {
                self.wrong.insert(format!("{}: `{}` does not list `{word}`", table.name, row.name));
            }
        }
    }
}

fn within(table: &'static Table, row: &'static Key) -> Holds {
    if FREE.contains(&(table.name, row.name)) { Holds::Free } else { Holds::Type(&row.ty) }
}

fn schema(name: &str) -> Value {
    let text = fs::read_to_string(capstan_tests::root().join("schemas").join(name)).expect("a schema can be read");
    serde_json::from_str(&text).expect("a schema is JSON")
}

/// What is wrong with a behaviour test for a key: it does not write the key, or nothing comes of it.
///
/// The documents are compiled as they are, with other values of the key, and without it. It does something when that gives another
/// plan or another diagnostic; that a mandatory key is missing is no proof that it is read any further.
fn idle(case: &Case, usual: &Outcome, object: &str, key: &str) -> Option<&'static str> {
    let places = case.places(object, key);
    let row = TABLES.iter().find(|table| table.name == object).and_then(|table| table.key(key));
    let telling = || {
        let known = TELLING.iter().filter(|(of, name, _)| *of == object && *name == key);
        known.map(|(.., value)| Value::from(*value)).collect::<Vec<_>>()
    };
    let acts = |place: &Place| {
        let others = documents::others(case.value(place), row).into_iter().chain(telling()).map(Some);
        others.chain([None]).any(|other| {
            let removed = other.is_none();
            let outcome = case.outcome(Some((place, other)));
            let missing =
                outcome.diagnostics.iter().any(|text| text.contains("MissingKey") && !usual.diagnostics.contains(text));
            outcome != *usual && !(removed && missing)
        })
    };
    match places.is_empty() {
        true => Some("is not written"),
        false => (!places.iter().any(acts)).then_some("changes nothing"),
    }
}

#[test]
fn every_official_key_does_something() {
    let mut walk = Walk::default();
    for name in ["naftiko-1.0.0-alpha2.json", "ikanos-1.0.0-beta5.json"] {
        let root = schema(name);
        walk.value(&root, &root, Holds::Mapping(TABLES[0]), &mut Vec::new());
    }
    assert!(walk.found.len() > 200, "only {} keys were found", walk.found.len());
    let mut wrong: Vec<String> = walk.wrong.into_iter().collect();
    let mut cases = BTreeMap::new();
    for ((object, key), support) in &walk.found {
        let tests: Vec<_> = BEHAVIOUR
            .iter()
            .filter(|(_, o, keys)| o == object && keys.split_whitespace().any(|k| k == key))
            .map(|(file, ..)| *file)
            .collect();
        match support {
            Support::Unsupported(reason) if reason.len() < 10 => wrong.push(format!("{object}: `{key}` has no reason")),
            Support::Unsupported(_) if !tests.is_empty() => {
                wrong.push(format!("{object}: `{key}` is not supported, and yet has a test"));
            }
            Support::Unsupported(_) | Support::Prose => {}
            Support::Read if tests.is_empty() => wrong.push(format!("{object}: `{key}` has no behaviour test")),
            Support::Read => {
                for file in tests {
                    let (case, usual) = cases.entry(file).or_insert_with(|| {
                        let case = Case::of(file);
                        let usual = case.outcome(None);
                        assert_eq!(usual, case.outcome(None), "{file}: the same text gives the same plan");
                        (case, usual)
                    });
                    if let Some(what) = idle(case, usual, object, key) {
                        wrong.push(format!("{object}: `{key}` {what} in {file}"));
                    }
                }
            }
        }
    }
    for (file, object, keys) in BEHAVIOUR {
        for key in keys.split_whitespace() {
            if !walk.found.contains_key(&(*object, key.to_owned())) {
                wrong.push(format!("{file} is listed for {object}: `{key}`, which no official schema has"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_key_of_what_takes_long_does_something() {
    let listed = |object: &str, key: &str| {
        LONG.iter().any(|(_, of, keys)| *of == object && keys.split_whitespace().any(|known| known == key))
    };
    let mut wrong = Vec::new();
    for table in TABLES.iter().filter(|table| LONG.iter().any(|(_, of, _)| *of == table.name)) {
        // A table in which all keys are ours, or the kinds of step that are.
        let whole = table.keys.iter().all(|key| key.extension) || table.name == "a step";
        let missing = table.keys.iter().filter(|key| whole && key.extension && !listed(table.name, key.name));
        wrong.extend(missing.map(|key| format!("{}: `{}` has no behaviour test", table.name, key.name)));
    }
    let mut cases = BTreeMap::new();
    for (file, object, keys) in LONG {
        let (case, usual) = cases.entry(file).or_insert_with(|| {
            let case = Case::of(file);
            let usual = case.outcome(None);
            (case, usual)
        });
        for key in keys.split_whitespace() {
            if let Some(what) = idle(case, usual, object, key) {
                wrong.push(format!("{object}: `{key}` {what} in {file}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
