//! Mistakes in names and in what refers to them: calls, imports, steps, templates, `with`, selectors. A name counts when the document
//! uses it somewhere else; names nobody refers to are the author's own.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use capstan_language::{
    document::{Entry, Node},
    source::Span,
};

use super::{Class, changes::Made, places::Place, text::replaced};

/// Keys whose text names something declared elsewhere, and what of it is a name.
const USES: &[&str] = &[
    "call",
    "operation",
    "ref",
    "index",
    "sourceNamespace",
    "action",
    "targetNamespace",
    "import",
    "from",
    "location",
];

/// Keys that declare a name.
const DECLARES: &[(&str, &str)] = &[
    ("a consumed API", "namespace"),
    ("a consumed API", "as"),
    ("a consumed operation", "name"),
    ("a REST exposure", "namespace"),
    ("an MCP exposure", "namespace"),
    ("an aggregate", "namespace"),
    ("an aggregate", "as"),
    ("a flow", "name"),
    ("a bind", "namespace"),
    ("a bind", "as"),
    ("a step", "name"),
    ("a parameter", "name"),
];

/// Names that are used, and where.
type Uses = BTreeMap<String, Vec<Range<usize>>>;

/// Makes every mistake of these kinds.
pub(super) fn mutants(made: &mut Made<'_>, root: &Node, places: &[Place<'_>]) {
    let heads = heads(places);
    let used = used(places);
    for (turn, place) in places.iter().enumerate() {
        match place.row.name {
            "with" => with(made, place, &heads, turn),
            "mapping" => selector(made, place, turn),
            name if USES.contains(&name) => reference(made, place, turn),
            _ => {}
        }
        if place.object().table.name == "a mapping" && place.row.name == "value" {
            segments(made, Class::Reference, &place.name(), &place.entry.value, place.entry.value.as_str(), turn);
        }
        declaration(made, place, &used, turn);
        if place.object().table.name == "a bind" && place.row.name == "keys" {
            for (at, entry) in place.entry.value.as_map().unwrap_or_default().iter().enumerate() {
                let Some(uses) = used.get(&*entry.key.value) else { continue };
                let what = "a name of a bind".to_owned();
                made.rename(Class::Reference, what, entry.key.span.range(), &entry.key.value, turn + at, uses);
            }
        }
    }
    templates(made, root, places);
}

/// Words that can stand in front of a reference: exposures, steps, binds, and the words of the dialect.
fn heads(places: &[Place<'_>]) -> BTreeSet<String> {
    let declares = ["a REST exposure", "an MCP exposure", "a bind", "a step", "an aggregate"];
    let named = places.iter().filter(|place| {
        declares.contains(&place.object().table.name) && matches!(place.row.name, "namespace" | "name")
    });
    let words = ["rest", "tools", "env"].map(str::to_owned);
    named.filter_map(|place| Some(place.entry.value.scalar_text()?.to_owned())).chain(words).collect()
}

/// Every name that a call, a `with`, a template, a placeholder or a mapping mentions.
fn used(places: &[Place<'_>]) -> Uses {
    let mut found = Uses::new();
    let mut mention = |node: Span, text: &str| {
        let names = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_')));
        for name in names.filter(|name| !name.is_empty()) {
            found.entry(name.to_owned()).or_default().push(node.range());
        }
    };
    for place in places {
        let name = place.row.name;
        let is_use =
            USES.contains(&name) && !matches!(name, "from" | "location") || matches!(name, "with" | "lookupValue");
        let is_mapping = place.object().table.name == "a mapping" && name == "value";
        scalars(&place.entry.value, &mut |node, text| {
            if is_use || is_mapping {
                mention(node.span, text);
            }
            inner(text).into_iter().for_each(|text| mention(node.span, text));
            if name == "path" || name == "baseUri" {
                let placeholders = text.split('{').skip(1).filter_map(|rest| rest.split('}').next());
                placeholders.for_each(|text| mention(node.span, text));
            }
        });
        if name == "with" {
            place
                .entry
                .value
                .as_map()
                .unwrap_or_default()
                .iter()
                .for_each(|entry| mention(entry.key.span, &entry.key.value));
        }
    }
    found
}

/// Every text below a node.
fn scalars<'d>(node: &'d Node, each: &mut impl FnMut(&'d Node, &'d str)) {
    match (node.as_seq(), node.as_map(), node.as_str()) {
        (Some(items), ..) => items.iter().for_each(|item| scalars(item, each)),
        (_, Some(entries), _) => entries.iter().for_each(|entry| scalars(&entry.value, each)),
        (_, _, Some(text)) => each(node, text),
        _ => {}
    }
}

/// What stands inside the templates of a text.
fn inner(text: &str) -> Vec<&str> {
    text.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0.trim())).collect()
}

/// Whether a text is a dotted path of names.
fn dotted(text: &str) -> bool {
    let name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    !text.is_empty() && text.split('.').all(name)
}

/// Misspells each part of a dotted path.
fn segments(made: &mut Made<'_>, class: Class, what: &str, node: &Node, path: Option<&str>, turn: usize) {
    let Some(path) = path else { return };
    // A template's name is the one between its braces, whatever stands before it.
    let all = node.span.range();
    let braces = ['{', ' '].iter().find_map(|before| made.text.get(all.clone())?.find(&format!("{before}{path}")));
    let mut from = all.start + braces.unwrap_or_default();
    for (at, part) in path.split('.').enumerate() {
        let Some(place) = super::text::find(made.text, from..node.span.range().end, part) else { return };
        from = place.end;
        if part.len() > 1 && !part.starts_with('$') {
            made.misspell(class, format!("{what} part {at} of {path}"), place, part, turn + at);
        }
    }
}

fn reference(made: &mut Made<'_>, place: &Place<'_>, turn: usize) {
    let Some(text) = place.entry.value.as_str() else { return };
    let class = Class::Reference;
    match place.row.name {
        // A path of a file: its name is enough. A bind's location may be absent on this machine.
        "from" | "location" => {
            let imports = ["a consumed API", "an aggregate", "a REST exposure", "an MCP exposure"];
            let name = text.rsplit('/').next().and_then(|name| name.split('.').next());
            if let Some(name) = name.filter(|_| imports.contains(&place.object().table.name)) {
                let start = place.entry.value.span.range().start + text.rfind('/').map_or(0, |at| at + 1);
                made.misspell(class, place.name(), start..place.entry.value.span.range().end, name, turn);
            }
        }
        _ => segments(made, class, &place.name(), &place.entry.value, Some(text), turn),
    }
}

fn declaration(made: &mut Made<'_>, place: &Place<'_>, used: &Uses, turn: usize) {
    let known = DECLARES.contains(&(place.object().table.name, place.row.name));
    let Some(name) = place.entry.value.scalar_text().filter(|_| known) else { return };
    let Some(uses) = used.get(name) else { return };
    made.rename(Class::Reference, place.name(), place.entry.value.span.range(), name, turn, uses);
}

fn with(made: &mut Made<'_>, place: &Place<'_>, heads: &BTreeSet<String>, turn: usize) {
    // What a script is given is called as its author likes.
    let script = place.object().node.get("type").and_then(Node::as_str) == Some("script");
    for (at, entry) in place.entry.value.as_map().unwrap_or_default().iter().enumerate() {
        let turn = turn + at;
        if !script {
            made.misspell(
                Class::With,
                format!("{} name", place.name()),
                entry.key.span.range(),
                &entry.key.value,
                turn,
            );
        }
        value(made, place, entry, heads, turn);
    }
}

/// A value that refers to something; other values are the author's own text.
fn value(made: &mut Made<'_>, place: &Place<'_>, entry: &Entry, heads: &BTreeSet<String>, turn: usize) {
    let Some(text) = entry.value.as_str() else { return };
    let what = format!("{} value", place.name());
    let path = text.strip_prefix("$.").unwrap_or(text);
    let head = path.split('.').next().unwrap_or_default();
    if dotted(path) && path.contains('.') && heads.contains(head) {
        segments(made, Class::With, &what, &entry.value, Some(path), turn);
    }
    for inner in inner(text).into_iter().filter(|inner| dotted(inner)) {
        segments(made, Class::With, &what, &entry.value, Some(inner), turn);
    }
}

fn selector(made: &mut Made<'_>, place: &Place<'_>, turn: usize) {
    let Some(text) = place.entry.value.as_str().filter(|text| text.starts_with("$.") || text.starts_with("$[")) else {
        return;
    };
    let wrong = match turn % 3 {
        0 => format!("{text}["),
        1 => format!("{text}[?(@.a"),
        _ => format!("${text}"),
    };
    let edits = replaced(made.text, place.entry, &serde_json::Value::from(wrong.clone()).to_string());
    made.add(Class::Selector, format!("{} ({wrong})", place.name()), &edits, &[], None);
}

/// Names inside templates, wherever they stand but in prose and in `with`.
fn templates(made: &mut Made<'_>, root: &Node, places: &[Place<'_>]) {
    let prose = ["description", "label", "title", "with", "content", "instruction"];
    let closed: Vec<_> =
        places.iter().filter(|place| prose.contains(&place.row.name)).map(|place| place.entry.value.span).collect();
    let mocks: Vec<_> =
        places.iter().filter(|place| place.row.name == "mock").map(|place| place.entry.value.span).collect();
    let mut turn = 0;
    scalars(root, &mut |node, text| {
        turn += 1;
        if closed.iter().any(|span| span.contains(node.span)) {
            return;
        }
        let free = mocks.iter().any(|span| span.contains(node.span));
        for inner in inner(text).into_iter().filter(|inner| dotted(inner)) {
            // What a caller sends to a mock has members nobody declares.
            let path = if free { inner.split('.').next().unwrap_or(inner) } else { inner };
            segments(made, Class::Template, "a template", node, Some(path), turn);
        }
    });
}
