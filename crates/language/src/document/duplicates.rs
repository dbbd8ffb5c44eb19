//! Owns the uniqueness of keys within one mapping, and merge keys.
//! It reports; where the entries came from is not its concern.

use super::node::{Entry, Node, NodeKind};
use crate::diagnostic::{Code, Sink};
use std::collections::{HashMap, HashSet, hash_map};

/// Up to this size comparing every pair is cheaper than hashing.
const PAIRWISE: usize = 16;

/// Drops later entries of a repeated key, reporting each with both places.
pub(super) fn unique(entries: Box<[Entry]>, sink: &mut Sink) -> Box<[Entry]> {
    if entries.len() <= PAIRWISE {
        let repeated = entries.iter().enumerate().any(|(at, entry)| earlier(&entries, at, entry).is_some());
        if !repeated {
            return entries;
        }
    }
    let mut first = HashMap::with_capacity(entries.len());
    let mut repeated = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        match first.entry(&*entry.key.value) {
            hash_map::Entry::Vacant(slot) => {
                slot.insert(entry.key.span);
            }
            hash_map::Entry::Occupied(slot) => {
                sink.error(Code::DuplicateKey, entry.key.span, format!("the key `{}` is given twice", entry.key.value))
                    .here("again here")
                    .label(*slot.get(), "first given here")
                    .help("remove or rename one of the two");
                repeated.push(at);
            }
        }
    }
    if repeated.is_empty() {
        return entries;
    }
    let mut at = 0;
    let mut entries = entries.into_vec();
    entries.retain(|_| {
        at += 1;
        repeated.binary_search(&(at - 1)).is_err()
    });
    entries.into()
}

fn earlier<'a>(entries: &'a [Entry], at: usize, entry: &Entry) -> Option<&'a Entry> {
    entries.get(..at)?.iter().find(|other| other.key.value == entry.key.value)
}

/// Replaces `<<` entries by the entries they stand for; what is written out wins, then the earlier source.
pub(super) fn merge(entries: Box<[Entry]>, sink: &mut Sink) -> Box<[Entry]> {
    let (merges, mut result): (Vec<_>, Vec<_>) =
        entries.into_vec().into_iter().partition(|entry| &*entry.key.value == "<<");
    let mut known: HashSet<Box<str>> = result.iter().map(|entry| entry.key.value.clone()).collect();
    for source in merges.into_iter().flat_map(|entry| sources(entry.value, sink)) {
        let NodeKind::Map(added) = source.kind else { continue };
        for entry in added {
            if known.insert(entry.key.value.clone()) {
                result.push(entry);
            }
        }
    }
    result.into()
}

/// The mappings a merge value names.
fn sources(value: Node, sink: &mut Sink) -> Vec<Node> {
    let items = match value.kind {
        NodeKind::Seq(items) => items.into_vec(),
        _ => vec![value],
    };
    let (maps, others): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| item.as_map().is_some());
    for other in others {
        sink.error(Code::YamlMerge, other.span, format!("`<<` merges mappings, but this is {}", other.kind_name()))
            .help("point it at a mapping, usually an alias such as `*defaults`");
    }
    maps
}
