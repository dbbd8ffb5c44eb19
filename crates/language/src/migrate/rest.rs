//! What the schema still rejects: a key it does not know becomes a comment, a text that must be there is written from what is known, an
//! empty collection goes. Each only where nothing is sent otherwise.

use super::{
    calls::kebab,
    draft::Draft,
    inputs::{self, words},
    story,
    tree::{self, Kind, Piece, Tree},
};
use crate::{
    keys,
    standard::{Fault, Violation},
};

/// How often it is looked again.
const ROUNDS: usize = 4;

/// One repair, at a JSON Pointer.
#[derive(Clone, Debug)]
struct Repair {
    pointer: String,
    change: Change,
    /// The key path, for people.
    path: String,
}

#[derive(Clone, Debug)]
enum Change {
    /// A key becomes a comment.
    Comment(String),
    /// A key goes.
    Drop(String),
    /// A text is written under a key.
    Set(String, String),
    /// A value is written as text.
    Text(String),
}

/// Repairs what can be.
pub(super) fn change(draft: &mut Draft<'_>) {
    for _ in 0..ROUNDS {
        let mut repairs: Vec<Repair> = Vec::new();
        for found in draft.violations() {
            let tried = is_moved(draft, &found.0);
            match repair(draft, found) {
                Some(repair) if tried => inputs::stays(draft, &repair.path),
                Some(repair) => repairs.push(repair),
                None => {}
            }
        }
        if repairs.is_empty() {
            return;
        }
        let before = draft.text().to_owned();
        let apply = |tree: &mut Tree, wanted: &dyn Fn(usize) -> bool| {
            // From the end: what is not changed yet keeps its place.
            repairs
                .iter()
                .enumerate()
                .rev()
                .filter(|(nth, _)| wanted(*nth))
                .for_each(|(_, one)| self::apply(tree, one));
        };
        let refused = draft.some_of(repairs.len(), &apply);
        for (nth, repair) in repairs.iter().enumerate() {
            match refused.iter().find(|(refused, _)| *refused == nth) {
                Some((_, what)) => draft.refused(&repair.path, what.clone()),
                None => told(draft, repair),
            }
        }
        if draft.text() == before {
            return;
        }
    }
}

/// Whether it is about what was to move from a consumed parameter to what is exposed.
fn is_moved(draft: &Draft<'_>, violation: &Violation) -> bool {
    let Fault::Unexpected(key) = &violation.fault else { return false };
    violation.pointer.contains("consumes/")
        && inputs::MOVED.contains(&key.as_str())
        && draft.tree().at_pointer(&violation.pointer).is_some_and(|piece| piece.is(&keys::PARAMETER))
}

fn told(draft: &mut Draft<'_>, repair: &Repair) {
    if matches!(repair.change, Change::Comment(_)) {
        draft.note(format!("`{}` is a comment now: the dialect has no place for it", repair.path));
    }
}

fn apply(tree: &mut Tree, repair: &Repair) {
    let Some(piece) = tree.root.at_pointer_mut(&repair.pointer) else { return };
    match &repair.change {
        Change::Comment(key) => comment(piece, key),
        Change::Drop(key) => drop(piece.take(key)),
        Change::Set(key, text) => {
            let heads = ["name", "label", "display", "type", "namespace"];
            let behind = piece.entries().iter().take_while(|entry| heads.contains(&&*entry.key)).count();
            let at = match key.as_str() {
                "name" | "namespace" => Some(0),
                "description" | "label" | "display" => Some(behind),
                _ => None,
            };
            piece.set(key, Piece::text(text), at);
        }
        Change::Text(text) => piece.kind = Piece::text(text).kind,
    }
}

/// Makes an entry a comment in its place.
fn comment(piece: &mut Piece, key: &str) {
    let Some(at) = piece.entries().iter().position(|entry| entry.key == key) else { return };
    let Some(entry) = piece.entries_mut().map(|entries| entries.remove(at)) else { return };
    // Comments inside stay what they are, so that none is lost or said twice.
    let lines = tree::lines_of(&entry).into_iter().map(|line| match line.trim_start() {
        "" => String::new(),
        comment if comment.starts_with('#') => comment.to_owned(),
        _ => format!("# {line}"),
    });
    let lines: Vec<String> = lines.collect();
    match piece.entries_mut().and_then(|entries| entries.get_mut(at)) {
        Some(next) => drop(next.piece.above.splice(0..0, lines)),
        None => piece.above.extend(lines),
    }
}

fn repair(draft: &Draft<'_>, (violation, path): (Violation, String)) -> Option<Repair> {
    let Violation { pointer, fault } = violation;
    let piece = draft.tree().at_pointer(&pointer)?;
    let at = |pointer: String, change| Some(Repair { pointer, change, path: path.clone() });
    match fault {
        Fault::Unexpected(key) => {
            let own = piece.table().and_then(|table| table.key(&key)).is_some_and(|row| row.extension);
            if own { None } else { at(pointer, Change::Comment(key)) }
        }
        Fault::Missing(key) => {
            let text = missing(draft, piece, &pointer, &key)?;
            at(pointer, Change::Set(key, text))
        }
        Fault::TooFew(_) => {
            let (parent, key) = pointer.rsplit_once('/')?;
            at(parent.to_owned(), Change::Drop(key.to_owned()))
        }
        Fault::Type(demanded) if demanded == "string" => match &piece.kind {
            Kind::Scalar(scalar) => at(pointer, Change::Text(scalar.text.clone())),
            Kind::List { items, .. } => {
                let words: Option<Vec<&str>> = items.iter().map(Piece::scalar).collect();
                at(pointer, Change::Text(words?.join(" ")))
            }
            Kind::Nothing => at(pointer, Change::Text(String::new())),
            Kind::Map { .. } => None,
        },
        Fault::Constant(_) | Fault::OneOf(_) if pointer.ends_with("/transport") => {
            let (parent, _) = pointer.rsplit_once('/')?;
            at(parent.to_owned(), Change::Drop("port".to_owned()))
        }
        Fault::BadName(_)
        | Fault::Constant(_)
        | Fault::OneOf(_)
        | Fault::Type(_)
        | Fault::Pattern(_)
        | Fault::Combination
        | Fault::Other(_) => None,
    }
}

/// The text for a key that must be there, from what is known.
fn missing(draft: &Draft<'_>, piece: &Piece, pointer: &str, key: &str) -> Option<String> {
    let named = || {
        let own = ["name", "namespace", "path"].iter().find_map(|key| piece.get(key)?.scalar());
        own.or_else(|| pointer.rsplit('/').next()).unwrap_or_default().to_owned()
    };
    let info = piece.is(&keys::INFO);
    Some(match key {
        "description" if info => draft.plan().info.label.to_string(),
        "label" | "display" if info => draft.plan().info.label.to_string(),
        "description" if piece.is(&keys::TOOL) => told_to_clients(draft, &named()).unwrap_or_else(|| words(&named())),
        "description" => words(&named()),
        "label" | "display" => words(&named()).trim_end_matches('.').to_owned(),
        "name" => kebab(&named()).to_lowercase(),
        "namespace" => {
            let nth: usize = pointer.rsplit('/').next()?.parse().ok()?;
            draft.plan().exposures.get(nth).filter(|_| pointer.contains("exposes"))?.namespace.to_string()
        }
        "type" if piece.is(&keys::PARAMETER) => "string".to_owned(),
        "type" if piece.is(&keys::BODY) => "json".to_owned(),
        "method" if piece.is(&keys::OPERATION) => "GET".to_owned(),
        "path" if piece.is(&keys::RESOURCE) => String::new(),
        _ => return None,
    })
}

/// What clients are told a tool does.
fn told_to_clients(draft: &Draft<'_>, name: &str) -> Option<String> {
    let units = story::units(draft.plan());
    let unit = units.iter().filter_map(|(_, unit)| unit.unit()).find(|unit| *unit.name == *name)?;
    let told = unit.description.as_deref()?;
    (told != name.replace(['-', '_', '.'], " ")).then(|| told.to_owned())
}
