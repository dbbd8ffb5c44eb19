//! Mistakes in the form of a document: keys, words of enumerations, types, places, what is missing. It knows no names; `names` does.

use capstan_language::{
    document::{Document, Entry, Node},
    fields::{KeyType, Support},
};

use super::{
    Class, Mutant, names,
    places::{Object, Place, places},
    text::{Edits, before, find, key_range, misspelt, replaced, without},
};

/// Keys without which an object means nothing or something else: object, keys.
const NEEDED: &[(&str, &str)] = &[
    ("a consumed API", "namespace baseUri type"),
    ("a consumed operation", "name method"),
    ("a consumed resource", "path"),
    ("a parameter", "name"),
    ("a REST exposure", "type port"),
    ("an MCP exposure", "type port"),
    ("a skill exposure", "type port"),
    ("a control exposure", "type port"),
    ("an exposed resource", "path"),
    ("an exposed operation", "method call steps ref"),
    ("a tool", "name call steps ref"),
    ("an MCP resource", "uri"),
    ("a prompt", "name"),
    ("a prompt argument", "name"),
    ("a prompt message", "role content"),
    ("`forward`", "targetNamespace"),
    ("`authentication`", "type token username key value"),
    ("a step", "type name call index match lookupValue file"),
    ("a mapping", "target value"),
    ("a bind", "keys"),
    ("an aggregate", "namespace"),
    ("a flow", "name call steps"),
    ("a skill", "name"),
    ("a skill tool", "name"),
    ("`from`", "sourceNamespace action"),
    ("`sandbox`", "for"),
    ("a request body", "data"),
    ("a part of a body", "name value"),
];

/// Every mistake that can be made in a document.
#[must_use]
pub fn mutants(text: &str, document: &Document) -> Vec<Mutant> {
    let places = places(&document.root);
    let mut made = Made { text, found: Vec::new() };
    for (turn, place) in places.iter().enumerate() {
        key(&mut made, place, turn);
        word(&mut made, place, turn);
        ty(&mut made, place, turn);
        required(&mut made, place);
        up(&mut made, place);
        down(&mut made, place, &places);
    }
    names::mutants(&mut made, &document.root, &places);
    made.found
}

/// The mistakes made so far in one text.
pub(super) struct Made<'t> {
    pub(super) text: &'t str,
    found: Vec<Mutant>,
}

impl Made<'_> {
    /// Makes a mistake; a diagnostic may point at what is written there, or at `heads` (places of the text as it was).
    pub(super) fn add(
        &mut self,
        class: Class,
        what: String,
        edits: &Edits,
        heads: &[std::ops::Range<usize>],
        was: Option<&str>,
    ) {
        let Some((text, mut places)) = edits.apply(self.text) else { return };
        places.extend(heads.iter().map(|head| edits.moved(head)));
        self.found.push(Mutant { class, what, text, places, was: was.map(str::to_owned) });
    }

    /// Misspells a word inside a range.
    pub(super) fn misspell(
        &mut self,
        class: Class,
        what: String,
        within: std::ops::Range<usize>,
        word: &str,
        turn: usize,
    ) {
        self.rename(class, what, within, word, turn, &[]);
    }

    /// Misspells a name where it is declared; a diagnostic may point at what uses it as well.
    pub(super) fn rename(
        &mut self,
        class: Class,
        what: String,
        within: std::ops::Range<usize>,
        word: &str,
        turn: usize,
        uses: &[std::ops::Range<usize>],
    ) {
        let Some(range) = find(self.text, within, word) else { return };
        let Some(wrong) = misspelt(word, turn) else { return };
        // Nobody can name what is written nowhere else.
        let chosen = matches!(class, Class::Reference | Class::Template | Class::With);
        let nameable =
            !chosen || ["rest", "tools", "env", "sandbox"].contains(&word) || self.written_beside(&range, word);
        let was = nameable.then_some(word);
        self.add(class, format!("{what} ({wrong})"), &Edits::one(range, wrong), uses, was);
    }

    /// Misspells the name of a file that is there.
    pub(super) fn file(
        &mut self,
        what: String,
        path: std::ops::Range<usize>,
        (within, name): (std::ops::Range<usize>, &str),
        turn: usize,
    ) {
        let Some(range) = find(self.text, within, name) else { return };
        let Some(wrong) = misspelt(name, turn) else { return };
        // A file is named by its whole path.
        self.add(Class::Reference, format!("{what} ({wrong})"), &Edits::one(range, wrong), &[path], Some(name));
    }

    /// Whether a name stands in the text as a word of its own, outside a range.
    fn written_beside(&self, range: &std::ops::Range<usize>, name: &str) -> bool {
        let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        self.text.match_indices(name).any(|(at, _)| {
            let before = self.text.get(..at).and_then(|text| text.chars().next_back());
            let after = self.text.get(at + name.len()..).and_then(|text| text.chars().next());
            at != range.start && !before.is_some_and(part) && !after.is_some_and(part)
        })
    }
}

fn key(made: &mut Made<'_>, place: &Place<'_>, turn: usize) {
    let Some(range) = key_range(made.text, place.entry) else { return };
    let written = &*place.entry.key.value;
    let Some(wrong) = misspelt(written, turn) else { return };
    if place.object().table.key(&wrong).is_none() && !wrong.starts_with("x-") {
        made.add(Class::Key, format!("{} ({wrong})", place.name()), &Edits::one(range, wrong), &[], Some(written));
    }
}

fn word(made: &mut Made<'_>, place: &Place<'_>, turn: usize) {
    let Some(text) = place.entry.value.as_str() else { return };
    let within = place.entry.value.span.range();
    if !is_word(&place.row.ty, text) {
        return;
    }
    if matches!(place.row.name, "naftiko" | "ikanos") {
        let Some(range) = find(made.text, within.clone(), text) else { return };
        made.add(Class::Word, place.name(), &Edits::one(range, "9.9"), &[], None);
    }
    if !misspelt(text, turn).is_some_and(|wrong| is_word(&place.row.ty, &wrong)) {
        made.misspell(Class::Word, place.name(), within, text, turn);
    }
}

/// Whether a key holds an enumeration that has this word.
fn is_word(ty: &KeyType, word: &str) -> bool {
    match ty {
        KeyType::Enum(words) => words.iter().any(|known| known.eq_ignore_ascii_case(word)),
        KeyType::Words(words) => words.has(word),
        KeyType::OneOf(types) => types.iter().any(|ty| is_word(ty, word)),
        _ => false,
    }
}

/// A value of no type the key takes, written on one line.
fn misfit(ty: &KeyType, turn: usize) -> Option<&'static str> {
    Some(match ty {
        KeyType::Any => return None,
        KeyType::Text | KeyType::Enum(_) | KeyType::Words(_) if turn.is_multiple_of(2) => "[a]",
        KeyType::Text | KeyType::Enum(_) | KeyType::Words(_) | KeyType::TextList => "{a: b}",
        KeyType::Number | KeyType::Integer => "many",
        KeyType::Bool => "maybe",
        KeyType::List(_) | KeyType::Map(_) | KeyType::Object(_) | KeyType::Named(_) => "7",
        KeyType::OneOf(types) => {
            ["maybe", "7", "{a: b}"].into_iter().find(|wrong| !types.iter().any(|ty| takes(ty, wrong)))?
        }
        KeyType::When(..) => return None,
    })
}

/// Whether a type takes a value, seen from outside.
fn takes(ty: &KeyType, value: &str) -> bool {
    match ty {
        KeyType::Any | KeyType::When(..) => true,
        KeyType::Object(_) | KeyType::Map(_) | KeyType::Named(_) => value.starts_with('{'),
        KeyType::Number | KeyType::Integer => value == "7",
        KeyType::Text | KeyType::TextList | KeyType::Enum(_) | KeyType::Words(_) => !value.starts_with('{'),
        KeyType::Bool | KeyType::List(_) => false,
        KeyType::OneOf(types) => types.iter().any(|ty| takes(ty, value)),
    }
}

fn ty(made: &mut Made<'_>, place: &Place<'_>, turn: usize) {
    if place.row.support != Support::Read || place.entry.value.is_null() {
        return;
    }
    let Some(wrong) = misfit(&place.row.ty, turn) else { return };
    let edits = replaced(made.text, place.entry, wrong);
    made.add(Class::Type, format!("{} ({wrong})", place.name()), &edits, &[], None);
}

fn required(made: &mut Made<'_>, place: &Place<'_>) {
    let object = place.object();
    let of =
        |(table, keys): &&(&str, &str)| *table == object.table.name && keys.split(' ').any(|key| key == place.row.name);
    let one_of = |name: &str| object.entries().iter().any(|entry| &*entry.key.value == name);
    // The name of an item of a mapping from names stands elsewhere, and one callee is enough.
    let other = match place.row.name {
        "call" | "steps" | "ref" => ["call", "steps", "ref", "mock", "forward"]
            .into_iter()
            .any(|key| key != place.row.name && object.table.key(key).is_some() && one_of(key)),
        // Without a name of its own a tool is called as its flow.
        "name" => object.table.name == "a tool" && one_of("ref"),
        _ => false,
    };
    // A sandbox listens where it is told to.
    let sandbox = place.row.name == "port" && place.around[0].node.get("sandbox").is_some();
    if NEEDED.iter().find(of).is_none() || other || sandbox {
        return;
    }
    let Some(edits) = without(made.text, object, place.entry) else { return };
    let heads = heads(place);
    made.add(Class::Required, place.name(), &edits, &heads, Some(&place.entry.key.value));
}

/// Where it can be said that an object lacks something: at its first key, at its name, at the key it stands under.
fn heads(place: &Place<'_>) -> Vec<std::ops::Range<usize>> {
    let object = place.object();
    let own = place.entry.key.span.range().start;
    let entries = object.entries().iter().filter(|entry| entry.key.span.range().start != own);
    let first = entries.clone().next().map(|entry| entry.key.span.range());
    let name = entries.clone().find(|entry| &*entry.key.value == "name").map(|entry| entry.value.span.range());
    let around = place.around.iter().rev().nth(1).and_then(|parent| holding(*parent, object.node));
    let start = object.node.span.range().start;
    // An item of a mapping from names is called by its own key.
    let own = around.and_then(|entry| entry.value.as_map()).unwrap_or_default();
    let own = own.iter().find(|entry| std::ptr::eq(&entry.value, object.node)).map(|entry| entry.key.span.range());
    let around = around.map(|entry| entry.key.span.range());
    first.into_iter().chain(name).chain(own).chain(around).chain(std::iter::once(start..start)).collect()
}

/// The entry of an object that a node stands under.
fn holding<'d>(parent: Object<'d>, node: &Node) -> Option<&'d Entry> {
    parent.entries().iter().find(|entry| entry.value.span.contains(node.span))
}

fn up(made: &mut Made<'_>, place: &Place<'_>) {
    let object = place.object();
    let Some(parent) = place.around.iter().rev().nth(1).copied() else { return };
    if parent.table.key(&place.entry.key.value).is_some() || parent.table.open {
        return;
    }
    let Some(next) = holding(parent, object.node) else { return };
    let Some(edits) = without(made.text, object, place.entry) else { return };
    let edits = before(made.text, parent, next, &place.entry.key.value, &place.entry.value).and(edits);
    let what = format!("{} into {}", place.name(), parent.table.name);
    made.add(Class::Move, what, &edits, &[], Some(object.table.name));
}

fn down(made: &mut Made<'_>, place: &Place<'_>, all: &[Place<'_>]) {
    let object = place.object();
    let depth = place.around.len();
    let below = |other: &&Place<'_>| {
        other.around.len() == depth + 1
            && std::ptr::eq(other.around[depth - 1].node, object.node)
            && !place.entry.value.span.contains(other.object().node.span)
    };
    let Some(child) = all.iter().find(below).map(Place::object) else { return };
    if child.table.key(&place.entry.key.value).is_some() || child.table.open {
        return;
    }
    let Some(next) = child.entries().first() else { return };
    let Some(edits) = without(made.text, object, place.entry) else { return };
    let edits = before(made.text, child, next, &place.entry.key.value, &place.entry.value).and(edits);
    let what = format!("{} into {}", place.name(), child.table.name);
    made.add(Class::Move, what, &edits, &[], Some(object.table.name));
}
