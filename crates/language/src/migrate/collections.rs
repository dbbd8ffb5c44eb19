//! The shapes of collections, and the version: lists with names in Naftiko documents, mappings from names in Ikanos documents.

use std::collections::BTreeSet;

use super::{
    calls::{free, kebab},
    draft::Draft,
    tree::{Entry, Kind, Piece},
};
use crate::standard::Dialect;

/// Writes collections and the version as the dialect has them.
pub(super) fn change(draft: &mut Draft<'_>) {
    let dialect = draft.dialect;
    draft.everywhere(&|piece| shape(piece, dialect));
    if let Err(why) = draft.attempt(|tree| version(&mut tree.root, dialect)) {
        let what = why.first().map(ToString::to_string).unwrap_or_default();
        draft.refused(if dialect == Dialect::Ikanos { "ikanos" } else { "naftiko" }, what);
    }
}

/// The version at the root.
fn version(root: &mut Piece, dialect: Dialect) {
    let (right, other, number) = match dialect {
        Dialect::Ikanos => ("ikanos", "naftiko", "1.0.0-beta5"),
        Dialect::Naftiko => ("naftiko", "ikanos", "1.0.0-alpha2"),
    };
    match (root.get(right).is_some(), root.entries_mut()) {
        (true, _) => drop(root.take(other)),
        (false, Some(entries)) => {
            entries.iter_mut().filter(|entry| entry.key == other).for_each(|entry| entry.rename(right));
        }
        (false, None) => {}
    }
    if root.get(right).and_then(Piece::scalar) == Some(number) {
        return;
    }
    // What stands above the first key is about the document.
    if root.get(right).is_none()
        && let Some(first) = root.entries_mut().and_then(|entries| entries.first_mut())
    {
        let above = std::mem::take(&mut first.piece.above);
        root.set(right, Piece { above, ..Piece::word(number) }, Some(0));
        return;
    }
    root.set(right, Piece::word(number), Some(0));
}

/// Collections of one mapping.
fn shape(piece: &mut Piece, dialect: Dialect) -> bool {
    let owner = owner(piece);
    let mut changed = false;
    for entry in piece.entries_mut().into_iter().flatten().filter(|entry| entry.named) {
        // Both dialects list them.
        if entry.key == "aggregates" || (entry.key == "outputParameters" && owner == Owner::Mapped) {
            continue;
        }
        changed |= match dialect {
            Dialect::Ikanos => keyed(entry, owner),
            Dialect::Naftiko => listed(entry),
        };
    }
    changed
}

/// What the outputs of something are.
#[derive(Clone, Copy, PartialEq)]
enum Owner {
    /// Mapped from the answer of one call: a list in both dialects.
    Mapped,
    /// Named.
    Named,
}

fn owner(piece: &Piece) -> Owner {
    let has = |key: &str| piece.get(key).is_some();
    match !has("steps") && (has("call") || has("ref")) {
        true => Owner::Mapped,
        false => Owner::Named,
    }
}

/// A list with names as a mapping from them; not when two of them are one.
fn keyed(entry: &mut Entry, owner: Owner) -> bool {
    let Kind::List { items, .. } = &entry.piece.kind else { return false };
    if items.is_empty() {
        entry.piece.kind = Kind::Map { entries: Vec::new(), flow: true, table: None };
        return true;
    }
    let outputs = entry.key == "outputParameters";
    let name = |item: &Piece| {
        let written = item.get("name").and_then(Piece::scalar).map(str::to_owned);
        let stem =
            || item.get("path").or_else(|| item.get("method")).or_else(|| item.get("ref")).and_then(Piece::scalar);
        written.or_else(|| match outputs && owner == Owner::Named {
            true => Some("value".to_owned()),
            false => stem().map(|stem| kebab(stem.rsplit('.').next().unwrap_or(stem)).to_lowercase()),
        })
    };
    let names: Vec<String> = items.iter().filter_map(name).collect();
    let mut taken = BTreeSet::new();
    let hidden = entry.key == "resources" || entry.key == "operations";
    let names: Vec<String> = match hidden {
        true => names.iter().map(|name| free(name, &mut taken)).collect(),
        false => names,
    };
    let each_once = names.iter().collect::<BTreeSet<_>>().len() == items.len();
    let mappings = items.iter().all(|item| matches!(item.kind, Kind::Map { .. }));
    if !each_once || !mappings || (outputs && is_orchestrated_array(items)) {
        return false;
    }
    let Kind::List { items, flow } = std::mem::replace(&mut entry.piece.kind, Kind::Nothing) else { return false };
    let entries = items.into_iter().zip(names).map(|(mut item, name)| {
        let mut beside = None;
        if let Some(at) = item.entries().iter().position(|inner| inner.key == "name")
            && let Some(entries) = item.entries_mut()
        {
            let old = entries.remove(at);
            beside = old.piece.beside;
            item.above.extend(old.piece.above);
        }
        let mut named = Entry::new(&name, item);
        named.piece.beside = named.piece.beside.take().or(beside);
        named
    });
    entry.piece.kind = Kind::Map { entries: entries.collect(), flow, table: None };
    true
}

/// Elements of orchestrated arrays are named differently by the dialects: those are left to the author.
fn is_orchestrated_array(items: &[Piece]) -> bool {
    items.iter().any(|item| item.get("items").is_some_and(|inner| matches!(inner.kind, Kind::List { .. })))
}

/// A mapping from names as a list with them.
fn listed(entry: &mut Entry) -> bool {
    let Kind::Map { entries, .. } = &entry.piece.kind else { return false };
    if entries.is_empty() {
        entry.piece.kind = Kind::List { items: Vec::new(), flow: true };
        return true;
    }
    if !entries.iter().all(|inner| matches!(inner.piece.kind, Kind::Map { .. })) {
        return false;
    }
    let Kind::Map { entries, flow, .. } = std::mem::replace(&mut entry.piece.kind, Kind::Nothing) else { return false };
    let items = entries.into_iter().map(|inner| {
        let mut item = inner.piece;
        let beside = item.beside.take();
        item.set("name", Piece { beside, ..Piece::text(&inner.key) }, Some(0));
        item
    });
    entry.piece.kind = Kind::List { items: items.collect(), flow };
    true
}
