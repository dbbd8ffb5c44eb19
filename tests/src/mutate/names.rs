//! Mistakes in names and in what refers to them: calls, imports, steps, templates, `with`, selectors. A name counts when the document
//! uses or declares it somewhere else, which `mentions` knows; names nobody else writes are the author's own, and any other would do as
//! well. A name of one letter is left alone: each of its misspellings is another name.

use std::ops::Range;

use capstan_language::document::{Entry, Node};

use super::{
    Class,
    changes::Made,
    mentions::{Mentions, dotted, inner, scalars},
    places::Place,
    text::{find, replaced},
};

/// Keys whose text names something declared elsewhere, and what of it is a name.
const REFERS: &[&str] = &[
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

/// Makes every mistake of these kinds.
pub(super) fn mutants(made: &mut Made<'_>, root: &Node, places: &[Place<'_>]) {
    let mentions = Mentions::of(places);
    for (turn, place) in places.iter().enumerate() {
        let value = &place.entry.value;
        match place.row.name {
            "with" => with(made, place, &mentions, turn),
            "mapping" => selector(made, place, turn),
            "value" if place.object().table.name == "a mapping" => mapping(made, place, &mentions, turn),
            name if REFERS.contains(&name) => reference(made, place, &mentions, turn),
            _ => {}
        }
        declaration(made, place, &mentions, turn);
        if place.object().table.name == "a bind" && place.row.name == "keys" {
            for (at, entry) in value.as_map().unwrap_or_default().iter().enumerate() {
                let uses = mentions.uses(&entry.key.value);
                if !uses.is_empty() {
                    let what = "a name of a bind".to_owned();
                    made.rename(Class::Reference, what, entry.key.span.range(), &entry.key.value, turn + at, uses);
                }
            }
        }
    }
    templates(made, root, places, &mentions);
}

/// Misspells the parts of a dotted path that count.
fn segments(
    made: &mut Made<'_>,
    (class, what): (Class, &str),
    node: &Node,
    path: &str,
    turn: usize,
    counts: &dyn Fn(usize, &str) -> bool,
) {
    // A template's name is the one between its braces, whatever stands before it.
    let all = node.span.range();
    let braces = ['{', ' '].iter().find_map(|before| made.text.get(all.clone())?.find(&format!("{before}{path}")));
    let mut from = all.start + braces.unwrap_or_default();
    for (at, part) in path.split('.').enumerate() {
        let Some(place) = find(made.text, from..all.end, part) else { return };
        from = place.end;
        if part.len() > 1 && !part.starts_with('$') && counts(at, part) {
            made.misspell(class, format!("{what} part {at} of {path}"), place, part, turn + at);
        }
    }
}

fn reference(made: &mut Made<'_>, place: &Place<'_>, mentions: &Mentions, turn: usize) {
    let Some(text) = place.entry.value.as_str() else { return };
    let class = Class::Reference;
    match place.row.name {
        // A path of a file: its name is enough. A bind's location may be absent on this machine.
        "from" | "location" => {
            let imports = ["a consumed API", "an aggregate", "a REST exposure", "an MCP exposure"];
            let name = text.rsplit('/').next().and_then(|name| name.split('.').next());
            if let Some(name) = name.filter(|_| imports.contains(&place.object().table.name)) {
                let start = place.entry.value.span.range().start + text.rfind('/').map_or(0, |at| at + 1);
                let path = place.entry.value.span.range();
                made.file(place.name(), path.clone(), (start..path.end, name), turn);
            }
        }
        // Behind the name of a step stands a member of its output.
        "index" => {
            let counts = |at: usize, part: &str| at == 0 || mentions.is_member(part);
            segments(made, (class, &place.name()), &place.entry.value, text, turn, &counts);
        }
        _ => segments(made, (class, &place.name()), &place.entry.value, text, turn, &|_, _| true),
    }
}

/// A mapping: a path into the output of a step, or a template.
fn mapping(made: &mut Made<'_>, place: &Place<'_>, mentions: &Mentions, turn: usize) {
    let Some(text) = place.entry.value.as_str() else { return };
    let counts = |at: usize, part: &str| at < 2 || mentions.is_member(part);
    match text.starts_with("$.") {
        true => segments(made, (Class::Reference, &place.name()), &place.entry.value, text, turn, &counts),
        false => {
            for name in inner(text) {
                let counts = |at: usize, part: &str| at == 0 || mentions.is_member(part);
                segments(made, (Class::Reference, &place.name()), &place.entry.value, name, turn, &counts);
            }
        }
    }
}

fn declaration(made: &mut Made<'_>, place: &Place<'_>, mentions: &Mentions, turn: usize) {
    let (table, key) = (place.object().table.name, place.row.name);
    let known = DECLARES.contains(&(table, key));
    let Some(name) = place.entry.value.scalar_text().filter(|name| known && name.len() > 1) else { return };
    let uses: Vec<Range<usize>> = match (table, key) {
        ("a consumed API", _) => mentions.calls_of(name, None),
        ("a consumed operation", _) => {
            let api = place.around.iter().find(|object| object.table.name == "a consumed API");
            let namespace = api.and_then(|api| (api.node.get("as")).or(api.node.get("namespace"))?.scalar_text());
            mentions.calls_of(namespace.unwrap_or_default(), Some(name))
        }
        // The dialect's own words stand for the caller, whatever its exposure is called.
        (_, "namespace" | "as") if ["rest", "tools"].contains(&name) => return,
        (_, "namespace" | "as") | ("a step", _) => mentions.heads(name).to_vec(),
        _ => mentions.uses(name).to_vec(),
    };
    if !uses.is_empty() {
        made.rename(Class::Reference, place.name(), place.entry.value.span.range(), name, turn, &uses);
    }
}

fn with(made: &mut Made<'_>, place: &Place<'_>, mentions: &Mentions, turn: usize) {
    // What a script is given is called as its author likes.
    let script = place.object().node.get("type").and_then(Node::as_str) == Some("script");
    for (at, entry) in place.entry.value.as_map().unwrap_or_default().iter().enumerate() {
        let turn = turn + at;
        if !script && entry.key.value.len() > 1 {
            let what = format!("{} name", place.name());
            made.misspell(Class::With, what, entry.key.span.range(), &entry.key.value, turn);
        }
        value(made, place, entry, mentions, turn);
    }
}

/// A value that refers to something; other values are the author's own text.
fn value(made: &mut Made<'_>, place: &Place<'_>, entry: &Entry, mentions: &Mentions, turn: usize) {
    let Some(text) = entry.value.as_str() else { return };
    let what = format!("{} value", place.name());
    let path = text.strip_prefix("$.").unwrap_or(text);
    let head = path.split('.').next().unwrap_or_default();
    // What an input of the unit is called counts where the unit says so; a member of a step's output where the document does.
    let within = Mentions::of_unit(place);
    let step = mentions.is_step(head);
    let counts = |at: usize, part: &str| match at {
        0 => true,
        _ if step => mentions.is_member(part),
        _ => within.contains(part) || *part == *entry.key.value || mentions.is_variable(part),
    };
    if dotted(path) && path.contains('.') && mentions.is_head(head) {
        segments(made, (Class::With, &what), &entry.value, path, turn, &counts);
    }
    for inner in inner(text) {
        segments(made, (Class::With, &what), &entry.value, inner, turn, &|at, part| {
            at == 0 && !mentions.is_head(part) && !within.contains(part) || counts(at, part)
        });
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

/// Names inside templates and expressions, wherever they stand but in prose and in `with`.
fn templates(made: &mut Made<'_>, root: &Node, places: &[Place<'_>], mentions: &Mentions) {
    let prose = ["description", "label", "title", "with", "content", "instruction"];
    let spans = |names: &[&str]| -> Vec<_> {
        places.iter().filter(|place| names.contains(&place.row.name)).map(|place| place.entry.value.span).collect()
    };
    let (closed, mocks) = (spans(&prose), spans(&["mock"]));
    let mappings: Vec<_> = places
        .iter()
        .filter(|place| place.object().table.name == "a mapping" && place.row.name == "value")
        .map(|place| place.entry.value.span)
        .collect();
    let mut turn = 0;
    scalars(root, &mut |node, text| {
        turn += 1;
        if closed.iter().chain(&mappings).any(|span| span.contains(node.span)) {
            return;
        }
        let free = mocks.iter().any(|span| span.contains(node.span));
        for inner in inner(text) {
            // What a caller sends to a mock has members nobody declares.
            let path = if free { inner.split('.').next().unwrap_or(inner) } else { inner };
            let here = node.span.range();
            let counts = |_: usize, part: &str| mentions.is_head(part) || mentions.elsewhere(part, &here);
            segments(made, (Class::Template, "a template"), node, path, turn, &counts);
        }
    });
}
