//! The order of keys: that of the key tables. What stands above an entry as a comment moves with it. Lines are moved and never written
//! anew, innermost mappings first, so that the lines of what is around stay where they are known to be.

use std::collections::HashSet;

use crate::{
    diagnostic::Sink,
    document::{self, Entry, Node},
    fields::Fields,
    keys,
    lint::object,
    source::{FileId, SourceSet},
};

/// One mapping whose entries stand on lines of their own.
struct Block {
    /// For each entry: its place in the key table, and its lines.
    entries: Vec<(usize, Lines)>,
}

/// The lines of an entry, from 0.
#[derive(Clone, Copy)]
struct Lines {
    /// Where the comments above it begin.
    top: usize,
    /// The line of its key.
    key: usize,
    /// The line behind its last one.
    end: usize,
}

/// The text with keys in order.
pub(super) fn ordered(text: &str) -> String {
    let mut sources = SourceSet::new();
    let file = sources.add("", text);
    let Some(document) = document::parse(file, text, &mut Sink::new()) else { return text.to_owned() };
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let mut seen = HashSet::new();
    let mut blocks = Vec::new();
    object::each(&document.root, &keys::ROOT, &mut |object| {
        // An alias shows a mapping again.
        if seen.insert(object.fields.span()) {
            let is_root = object.fields.mapping().span == document.root.span;
            blocks.extend(block(&object.fields, is_root, file, &sources, &lines));
        }
    });
    blocks.iter().rev().for_each(|block| block.sort(&mut lines));
    lines.join("\n")
}

/// The mapping as lines; nothing when it is a flow mapping, or in order already.
fn block(fields: &Fields<'_>, is_root: bool, file: FileId, sources: &SourceSet, lines: &[String]) -> Option<Block> {
    let source = sources.get(file)?;
    let line_of = |offset: u32| source.position(offset).0 - 1;
    let entries = fields.all();
    let columns: HashSet<usize> = entries.iter().map(|entry| source.position(entry.key.span.start).1).collect();
    let keys: Vec<usize> = entries.iter().map(|entry| line_of(entry.key.span.start)).collect();
    let apart = keys.is_sorted_by(|one, other| one < other);
    let rank = |entry: &Entry| {
        let named =
            |row: &&crate::fields::Key| row.name == &*entry.key.value || row.aliases.contains(&&*entry.key.value);
        fields.table().keys.iter().position(|row| named(&row)).unwrap_or(usize::MAX)
    };
    let ranks: Vec<usize> = entries.iter().map(rank).collect();
    if columns.len() != 1 || !apart || ranks.is_sorted() {
        return None;
    }
    let mut block = Block { entries: Vec::new() };
    let mut free = 0;
    for (at, (entry, rank)) in entries.iter().zip(ranks).enumerate() {
        let key = *keys.get(at)?;
        let limit = keys.get(at + 1).copied().unwrap_or(usize::MAX);
        let end = line_of(last(&entry.value, entry)).clamp(key, limit.saturating_sub(1)) + 1;
        let alone = lines.get(key)?.trim_start().starts_with(written(entry, source.text.as_ref())?);
        // What stands above a document, or above the dash of an item, is about all of it.
        let fixed = at == 0 && (is_root || !alone);
        let top = if fixed { key } else { top(key, free, lines) };
        free = end;
        block.entries.push((rank, Lines { top, key, end }));
    }
    Some(block)
}

/// Where an entry ends. The value of an alias stands elsewhere.
fn last(value: &Node, entry: &Entry) -> u32 {
    if value.span.start < entry.key.span.end { entry.key.span.end } else { value.span.end }
}

/// The key as it is written.
fn written<'t>(entry: &Entry, text: &'t str) -> Option<&'t str> {
    text.get(entry.key.span.range())
}

/// The first of the comment lines right above a line.
fn top(key: usize, free: usize, lines: &[String]) -> usize {
    let above = |line: &usize| {
        lines.get(*line).is_some_and(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
    };
    (free..key).rev().take_while(above).last().unwrap_or(key)
}

impl Block {
    /// Puts the lines of its entries in order.
    fn sort(&self, lines: &mut [String]) {
        let (Some((_, first)), Some((_, last))) = (self.entries.first(), self.entries.last()) else { return };
        let (start, end) = (first.top, last.end);
        let mut order: Vec<&(usize, Lines)> = self.entries.iter().collect();
        order.sort_by_key(|(rank, _)| *rank);
        let Some((_, leader)) = order.first() else { return };
        // The dash of an item stays in front of whatever is first.
        if leader.key != first.key {
            let margin = |line: &String| line.len() - line.trim_start_matches([' ', '-']).len();
            let width = lines.get(leader.key).map_or(0, |line| line.len() - line.trim_start().len());
            let dash = lines
                .get(first.key)
                .and_then(|line| line.get(..width.min(margin(line))))
                .unwrap_or_default()
                .to_owned();
            if let Some(line) = lines.get_mut(leader.key) {
                line.replace_range(..dash.len(), &dash);
            }
            if let Some(line) = lines.get_mut(first.key) {
                line.replace_range(..dash.len(), &" ".repeat(dash.len()));
            }
        }
        let moved: Vec<String> = order
            .iter()
            .flat_map(|(_, entry)| lines.get(entry.top..entry.end).unwrap_or_default().iter().cloned())
            .collect();
        // Comments between entries belong to the one below, so that nothing stands between them.
        if let Some(place) = lines.get_mut(start..end).filter(|place| place.len() == moved.len()) {
            place.clone_from_slice(&moved);
        }
    }
}
