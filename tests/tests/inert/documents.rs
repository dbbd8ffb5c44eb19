//! The documents a behaviour test gives to the program, where they write a key, and the same documents with the key changed.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use capstan_language::{
    Options, compile,
    fields::{Key, KeyType, Table},
    source::Files,
};
use serde_json::Value;

use super::{Holds, TABLES, table, within};

/// What a test serves: a Markdown spec's files, or an example and what lies around it.
pub(super) struct Case {
    /// The documents that are served.
    served: Vec<PathBuf>,
    /// The YAML files a key may stand in, as data.
    yaml: BTreeMap<PathBuf, Value>,
    /// Other files.
    others: BTreeMap<PathBuf, Vec<u8>>,
    /// Where files lie that are in neither.
    folder: Option<PathBuf>,
}

/// Where a key stands: its file, and the members and positions that lead to it.
pub(super) type Place = (PathBuf, Vec<String>);

/// What compiling a case yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The plans, without the places things were written at.
    pub(super) plans: Vec<String>,
    /// The diagnostics, likewise.
    pub(super) diagnostics: Vec<String>,
}

impl Case {
    /// Reads the file of a behaviour test.
    pub(super) fn of(file: &str) -> Self {
        let path = capstan_tests::root().join(file);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
        let mut case = Self { served: Vec::new(), yaml: BTreeMap::new(), others: BTreeMap::new(), folder: None };
        if !file.ends_with(".md") {
            case.folder = path.parent().map(Path::to_owned);
            case.add(path.clone(), &text);
            case.served.push(path);
            return case;
        }
        let spec = capstan_tests::spec::block::Document::parse(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        for block in spec.blocks {
            let body = block.body.replace("{{upstream}}", "http://upstream.example");
            let named = block.value.clone();
            match &*block.kind {
                "capability" => {
                    let name = PathBuf::from(named.unwrap_or_else(|| "capability.yaml".to_owned()));
                    case.add(name.clone(), &body);
                    case.served.push(name);
                }
                "file" => case.add(named.expect("a file has a name").into(), &body),
                "repository" => {
                    for line in block.body.lines() {
                        let path = capstan_tests::root().join(line);
                        let text = fs::read_to_string(&path).expect("what a spec serves exists");
                        case.add(path.clone(), &text);
                        case.folder = path.parent().map(Path::to_owned);
                        case.served.push(path);
                    }
                }
                _ => {}
            }
        }
        case
    }

    fn add(&mut self, path: PathBuf, text: &str) {
        let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
            && !capstan_language::test_file::is_test_file(&path);
        match serde_yaml::from_str::<Value>(text) {
            Ok(value) if is_yaml && value.get("openapi").is_none() => drop(self.yaml.insert(path, value)),
            _ => drop(self.others.insert(path, text.as_bytes().to_vec())),
        }
    }

    /// Every place the key of a mapping is written at.
    pub(super) fn places(&self, object: &str, key: &str) -> Vec<Place> {
        let mut found = Vec::new();
        for (file, value) in &self.yaml {
            let mut search = Search { object, key, at: Vec::new(), found: Vec::new() };
            search.value(value, Holds::Mapping(TABLES[0]));
            found.extend(search.found.into_iter().map(|at| (file.clone(), at)));
        }
        found
    }

    /// The value at a place.
    pub(super) fn value(&self, (file, at): &Place) -> &Value {
        at.iter().fold(&self.yaml[file], |value, step| match value {
            Value::Array(items) => &items[step.parse::<usize>().expect("a position")],
            _ => &value[step],
        })
    }

    /// What it yields as it is, or with another value at a place, or with none.
    pub(super) fn outcome(&self, change: Option<(&Place, Option<Value>)>) -> Outcome {
        let mut yaml = self.yaml.clone();
        if let Some(((file, at), new)) = change {
            set(yaml.get_mut(file).expect("the file is there"), at, new);
        }
        let texts = yaml.into_iter().map(|(path, value)| (path, value.to_string().into_bytes()));
        let shelf = Shelf { files: texts.chain(self.others.clone()).collect(), disk: self.folder.is_some() };
        let mut outcome = Outcome { plans: Vec::new(), diagnostics: Vec::new() };
        for path in &self.served {
            let compiled = compile(&shelf, path, &Options::default());
            outcome.plans.push(without_places(&format!("{:?}", compiled.plan)));
            let found = compiled.diagnostics.iter();
            outcome
                .diagnostics
                .extend(found.map(|found| format!("{:?} {:?} {}", found.severity, found.code, found.message)));
        }
        outcome
    }
}

/// Replaces or removes what stands at a place.
fn set(value: &mut Value, at: &[String], new: Option<Value>) {
    let (last, way) = at.split_last().expect("a key stands in a mapping");
    let around = way.iter().fold(value, |value, step| match value {
        Value::Array(items) => &mut items[step.parse::<usize>().expect("a position")],
        _ => &mut value[step],
    });
    match (around, new) {
        (Value::Array(items), Some(new)) => items[last.parse::<usize>().expect("a position")] = new,
        (Value::Object(members), Some(new)) => drop(members.insert(last.clone(), new)),
        (Value::Object(members), None) => drop(members.shift_remove(last)),
        _ => panic!("{at:?} leads nowhere"),
    }
}

/// A plan's text without columns: everything is on one line, and what stands behind a change moves.
fn without_places(text: &str) -> String {
    let mut parts = text.split("column: ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// Changed files before those on disk.
struct Shelf {
    files: BTreeMap<PathBuf, Vec<u8>>,
    disk: bool,
}

impl Files for Shelf {
    fn read(&self, path: &Path) -> Result<Vec<u8>, io::Error> {
        match self.files.get(path) {
            Some(bytes) => Ok(bytes.clone()),
            None if self.disk => fs::read(path),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn exists(&self, path: &Path) -> bool {
        self.files.contains_key(path) || self.disk && path.exists()
    }

    fn names(&self, _folder: &Path) -> Vec<String> {
        Vec::new()
    }
}

/// Looks for a key of a mapping, guided by the key tables.
struct Search<'s> {
    object: &'s str,
    key: &'s str,
    at: Vec<String>,
    found: Vec<Vec<String>>,
}

impl Search<'_> {
    fn step(&mut self, name: &str, value: &Value, holds: Holds) {
        self.at.push(name.to_owned());
        self.value(value, holds);
        self.at.pop();
    }

    /// Every item of a list, every member of a mapping.
    fn each(&mut self, value: &Value, holds: Holds) {
        match value {
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(at, item)| self.step(&at.to_string(), item, holds));
            }
            Value::Object(members) => members.iter().for_each(|(name, member)| self.step(name, member, holds)),
            _ => {}
        }
    }

    fn value(&mut self, value: &Value, holds: Holds) {
        match holds {
            Holds::Free => {}
            Holds::Type(KeyType::Object(table)) => self.members(value, table),
            Holds::Type(KeyType::Named(table)) => self.each(value, Holds::Mapping(table)),
            Holds::Type(KeyType::List(ty)) if value.is_array() => self.each(value, Holds::Type(ty)),
            Holds::Type(KeyType::Map(ty)) if value.is_object() => self.each(value, Holds::Type(ty)),
            Holds::Type(KeyType::OneOf(types)) => types.iter().for_each(|ty| self.value(value, Holds::Type(ty))),
            Holds::Type(KeyType::When(_, one, _)) => self.value(value, Holds::Type(one)),
            Holds::Type(_) => {}
            Holds::Mapping(table) => self.members(value, table),
        }
    }

    fn members(&mut self, value: &Value, table: &'static Table) {
        let Value::Object(members) = value else { return };
        let table = if table.name == "an exposure" { exposure(value) } else { table };
        for (name, member) in members {
            let Some(row) = table.key(name) else { continue };
            if table.name == self.object && row.name == self.key {
                self.found.push(self.at.iter().cloned().chain([name.clone()]).collect());
            }
            self.step(name, member, within(table, row));
        }
    }
}

/// The table of an exposure of this `type`.
fn exposure(value: &Value) -> &'static Table {
    table(match value["type"].as_str() {
        Some("mcp") => "an MCP exposure",
        Some("skill") => "a skill exposure",
        Some("control") => "a control exposure",
        _ => "a REST exposure",
    })
}

/// Other values a key may have, by what it has and what its row says it holds; for a list or a mapping, itself with one value in it
/// changed.
pub(super) fn others(value: &Value, row: Option<&Key>) -> Vec<Value> {
    if let Some(Key { ty: KeyType::Enum(words), .. }) = row {
        let words = words.iter().chain(&["other"]).map(|word| Value::from(*word));
        return words.filter(|word| word != value).collect();
    }
    if let Some(Key { ty: KeyType::Words(words), .. }) = row {
        let words = words.official.iter().chain(&["other"]).map(|word| Value::from(*word));
        return words.filter(|word| word != value).collect();
    }
    match value {
        Value::Null => Vec::new(),
        Value::Bool(value) => vec![(!value).into()],
        Value::Number(number) => vec![(number.as_i64().unwrap_or_default() + 1).into()],
        Value::String(text) => vec![format!("{text}x").into(), "other".into()],
        Value::Array(items) => {
            let with = |at: usize, other| {
                let mut items = items.clone();
                items[at] = other;
                Value::Array(items)
            };
            let changed = items
                .iter()
                .enumerate()
                .flat_map(|(at, item)| others(item, None).into_iter().map(move |other| with(at, other)));
            changed.collect()
        }
        Value::Object(members) => {
            let with = |name: &str, other| {
                let mut members = members.clone();
                members.insert(name.to_owned(), other);
                Value::Object(members)
            };
            let changed = members
                .iter()
                .flat_map(|(name, member)| others(member, None).into_iter().map(move |other| with(name, other)));
            changed.collect()
        }
    }
}
