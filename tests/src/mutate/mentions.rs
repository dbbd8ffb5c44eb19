//! What a document mentions: its names, where they are used and where they are declared. It judges nothing and changes nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use capstan_language::document::Node;

use super::places::Place;

/// Words of the language that can stand in front of a reference.
const WORDS: [&str; 4] = ["rest", "tools", "env", "sandbox"];

/// Keys whose text is a use of names.
const USES: &[&str] = &[
    "call",
    "operation",
    "ref",
    "index",
    "sourceNamespace",
    "action",
    "targetNamespace",
    "import",
    "with",
    "lookupValue",
];

/// Names, and where they are.
type Names = BTreeMap<String, Vec<Range<usize>>>;

/// The names of a document.
#[derive(Default)]
pub(super) struct Mentions {
    used: Names,
    /// Those that stand before a dot, or alone where a namespace or a step is named.
    heads: Names,
    declared: Names,
    /// Members that the output of a step is declared to have.
    members: BTreeSet<String>,
    /// What can stand in front of a reference: exposures, steps, binds, aggregates, and the words of the language.
    roots: BTreeSet<String>,
    steps: BTreeSet<String>,
    variables: BTreeSet<String>,
    /// Every call that means an operation: namespace, operation, place.
    calls: Vec<(String, String, Range<usize>)>,
}

impl Mentions {
    /// Everything a document mentions.
    pub(super) fn of(places: &[Place<'_>]) -> Self {
        let mut found = Self { roots: WORDS.map(str::to_owned).into(), ..Self::default() };
        for place in places {
            found.declare(place);
            found.using(place);
        }
        found.calls = calls(places);
        found
    }

    /// The names that the unit around a place gives to its inputs.
    pub(super) fn of_unit(place: &Place<'_>) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let own = place.around.iter().filter(|object| !matches!(object.table.name, "the document" | "a capability"));
        for object in own {
            for entry in object.entries() {
                match &*entry.key.value {
                    "inputParameters" => names.extend(named(&entry.value)),
                    "path" | "uri" => names.extend(entry.value.as_str().into_iter().flat_map(placeholders)),
                    "with" => {
                        names.extend(entry.value.as_map().unwrap_or_default().iter().map(|e| e.key.value.to_string()))
                    }
                    _ => {}
                }
            }
        }
        names
    }

    fn declare(&mut self, place: &Place<'_>) {
        let (table, key, value) = (place.object().table.name, place.row.name, &place.entry.value);
        let mut enter = |name: &str, at: Range<usize>| self.declared.entry(name.to_owned()).or_default().push(at);
        match key {
            "name" | "namespace" | "as" => {
                if let Some(name) = value.scalar_text() {
                    enter(name, value.span.range());
                    let roots = ["a REST exposure", "an MCP exposure", "a bind", "a step", "an aggregate"];
                    if roots.contains(&table) {
                        self.roots.insert(name.to_owned());
                    }
                    if table == "a step" {
                        self.steps.insert(name.to_owned());
                    }
                }
            }
            "inputParameters" | "outputParameters" | "properties" | "keys" | "steps" | "with" => {
                for entry in value.as_map().unwrap_or_default() {
                    enter(&entry.key.value, entry.key.span.range());
                    match key {
                        "keys" => drop(self.variables.insert(entry.key.value.to_string())),
                        "steps" => {
                            self.roots.insert(entry.key.value.to_string());
                            self.steps.insert(entry.key.value.to_string());
                        }
                        _ => {}
                    }
                }
                if key == "outputParameters" && matches!(table, "a consumed operation" | "a step") {
                    let words = value.as_seq().unwrap_or_default().iter().filter_map(Node::as_str).map(str::to_owned);
                    self.members.extend(named(value).into_iter().chain(words));
                }
                for item in value.as_seq().unwrap_or_default() {
                    if let Some(name) = item.as_str() {
                        enter(name, item.span.range());
                    }
                }
            }
            _ => {}
        }
    }

    fn using(&mut self, place: &Place<'_>) {
        let (table, key) = (place.object().table.name, place.row.name);
        let is_mapping = table == "a mapping" && key == "value";
        let whole = matches!(key, "sourceNamespace" | "targetNamespace" | "import" | "index");
        scalars(&place.entry.value, &mut |node, text| {
            if USES.contains(&key) || is_mapping {
                self.mention(node, text, whole);
            }
            inner(text).into_iter().for_each(|text| self.mention(node, text, false));
            if key == "path" || key == "baseUri" || key == "uri" {
                placeholders(text).iter().for_each(|name| self.mention(node, name, false));
            }
        });
        if key == "with" {
            for entry in place.entry.value.as_map().unwrap_or_default() {
                self.used.entry(entry.key.value.to_string()).or_default().push(entry.key.span.range());
            }
        }
    }

    fn mention(&mut self, node: &Node, text: &str, whole: bool) {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        for name in text.split(|c: char| !is_name(c)).filter(|name| !name.is_empty()) {
            self.used.entry(name.to_owned()).or_default().push(node.span.range());
        }
        let path = text.trim_start_matches("$.");
        let head = path.split(|c: char| !is_name(c)).next().unwrap_or_default();
        if !head.is_empty() && (whole || path.len() > head.len() || text.starts_with("$.")) {
            self.heads.entry(head.to_owned()).or_default().push(node.span.range());
        }
    }

    /// Where a name is used.
    pub(super) fn uses(&self, name: &str) -> &[Range<usize>] {
        self.used.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Where a name stands in front of a reference.
    pub(super) fn heads(&self, name: &str) -> &[Range<usize>] {
        self.heads.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The calls that mean an API, or one of its operations, and what else names the API.
    pub(super) fn calls_of(&self, namespace: &str, operation: Option<&str>) -> Vec<Range<usize>> {
        let of = |(ns, op, _): &&(String, String, Range<usize>)| {
            ns == namespace && operation.is_none_or(|operation| op == operation)
        };
        self.calls.iter().filter(of).map(|(.., at)| at.clone()).collect()
    }

    /// Whether a step's output is declared to have a member of this name.
    pub(super) fn is_member(&self, name: &str) -> bool {
        self.members.contains(name)
    }

    /// Whether a name stands somewhere else than here.
    pub(super) fn elsewhere(&self, name: &str, here: &Range<usize>) -> bool {
        let places = self.used.get(name).into_iter().chain(self.declared.get(name)).flatten();
        places.into_iter().any(|place| place != here)
    }

    /// Whether a name can stand in front of a reference.
    pub(super) fn is_head(&self, name: &str) -> bool {
        self.roots.contains(name)
    }

    /// Whether a step has the name.
    pub(super) fn is_step(&self, name: &str) -> bool {
        self.steps.contains(name)
    }

    /// Whether a bind declares the name.
    pub(super) fn is_variable(&self, name: &str) -> bool {
        self.variables.contains(name)
    }
}

/// Every call that is the name of exactly one operation.
fn calls(places: &[Place<'_>]) -> Vec<(String, String, Range<usize>)> {
    let mut operations: BTreeSet<(String, String)> = BTreeSet::new();
    for place in places.iter().filter(|place| place.object().table.name == "a consumed operation") {
        let api = place.around.iter().find(|object| object.table.name == "a consumed API");
        let namespace = api.and_then(|api| api.node.get("as").or(api.node.get("namespace"))?.scalar_text());
        let name = place.object().node.get("name").and_then(Node::scalar_text).map(str::to_owned);
        let keyed = || {
            let parent = place.around.iter().rev().nth(1)?;
            let maps = parent.entries().iter().filter_map(|entry| entry.value.as_map());
            let found = maps.flatten().find(|entry| entry.value.span == place.object().node.span)?;
            Some(found.key.value.to_string())
        };
        if let (Some(namespace), Some(name)) = (namespace, name.or_else(keyed)) {
            operations.insert((namespace.to_owned(), name));
        }
    }
    let imported = places.iter().filter(|place| place.object().table.name == "a consumed API");
    let imported = imported.filter(|place| place.object().node.get("location").is_some() && place.row.name == "as");
    let imported: Vec<&str> = imported.filter_map(|place| place.entry.value.as_str()).collect();
    let mut found = Vec::new();
    for place in places {
        let Some(text) = place.entry.value.as_str() else { continue };
        let at = place.entry.value.span.range();
        match place.row.name {
            "call" => {
                let meant = operations.iter().filter(|(namespace, op)| *text == format!("{namespace}.{op}"));
                let meant: Vec<_> = meant.collect();
                // What two operations answer to is right whichever of them is renamed.
                if let [(namespace, op)] = meant.as_slice() {
                    found.push((namespace.clone(), op.clone(), at));
                } else if let Some(alias) = imported.iter().find(|alias| text.starts_with(&format!("{alias}."))) {
                    found.push(((*alias).to_owned(), String::new(), at));
                }
            }
            "targetNamespace" => found.push((text.to_owned(), String::new(), at)),
            _ => {}
        }
    }
    found
}

/// The names of the items of a list, or the keys of a mapping.
fn named(node: &Node) -> Vec<String> {
    let keys = node.as_map().unwrap_or_default().iter().map(|entry| entry.key.value.to_string());
    let items = node.as_seq().unwrap_or_default().iter();
    keys.chain(items.filter_map(|item| Some(item.get("name")?.scalar_text()?.to_owned()))).collect()
}

/// The names of the placeholders of a path.
fn placeholders(text: &str) -> Vec<String> {
    let found = text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.trim().to_owned()));
    found.filter(|name| !name.is_empty()).collect()
}

/// Every text below a node.
pub(super) fn scalars<'d>(node: &'d Node, each: &mut impl FnMut(&'d Node, &'d str)) {
    match (node.as_seq(), node.as_map(), node.as_str()) {
        (Some(items), ..) => items.iter().for_each(|item| scalars(item, each)),
        (_, Some(entries), _) => entries.iter().for_each(|entry| scalars(&entry.value, each)),
        (_, _, Some(text)) => each(node, text),
        _ => {}
    }
}

/// The dotted names inside the templates of a text; of an expression, the one it begins with.
pub(super) fn inner(text: &str) -> Vec<&str> {
    let tags = text.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0.trim()));
    tags.filter_map(|tag| {
        let end = tag.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))).unwrap_or(tag.len());
        let (name, rest) = tag.split_at(end);
        (dotted(name) && (rest.is_empty() || rest.trim_start().starts_with('|'))).then_some(name)
    })
    .collect()
}

/// Whether a text is a dotted path of names.
pub(super) fn dotted(text: &str) -> bool {
    let name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    !text.is_empty() && text.split('.').all(name)
}
