//! A text to the tree that is edited. What the tree cannot hold is a reason not to edit: anchors, tags, comments inside braces.

use std::collections::HashMap;

use granit_parser::{Event, Parser};

use super::node::{Entry, Kind, Piece, Scalar, Tree};
use crate::{
    document::{self, Node, NodeKind},
    fields::{Fields, KeyType, Table},
    keys,
    lint::object,
};

/// What mappings are and which values are named collections, by where they begin.
#[derive(Default)]
struct Known {
    tables: HashMap<u32, &'static Table>,
    named: HashMap<u32, ()>,
}

/// Reads a document that was parsed from `text`.
pub(in crate::migrate) fn read(document: &document::Document, text: &str) -> Result<Tree, String> {
    if has_anchors(text) {
        return Err("it uses anchors, aliases or tags".to_owned());
    }
    let mut known = Known::default();
    object::each(&document.root, &keys::ROOT, &mut |object| known.enter(&object.fields));
    let from = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut reader = Reader { text, from, known };
    let root = reader.piece(&document.root, false);
    let below = reader.lines(text.len());
    Ok(Tree { root, below })
}

impl Known {
    fn enter(&mut self, fields: &Fields<'_>) {
        self.tables.insert(fields.span().start, fields.table());
        for entry in fields.all() {
            let Some(key) = fields.table().key(&entry.key.value) else { continue };
            let ty = match key.ty {
                KeyType::When(guard, one, other) => *if guard(fields.mapping(), &entry.value) { one } else { other },
                ty => ty,
            };
            if matches!(ty, KeyType::Named(_)) {
                self.named.insert(entry.key.span.start, ());
            }
        }
    }
}

/// Whether a text names values to repeat them, or says their types.
fn has_anchors(text: &str) -> bool {
    let options = granit_parser::options! { emit_unresolved_aliases: true };
    let mut parser = Parser::new_from_str_with_options(text, options);
    while let Some(Ok((event, _))) = parser.next_event() {
        match event {
            Event::Alias(_) | Event::UnresolvedAlias(_) => return true,
            Event::Scalar(_, _, anchor, tag) if anchor != 0 || tag.is_some() => return true,
            Event::MappingStart(_, anchor, tag) | Event::SequenceStart(_, anchor, tag)
                if anchor != 0 || tag.is_some() =>
            {
                return true;
            }
            _ => {}
        }
    }
    false
}

/// Every comment of a text, in order; nothing when it is no YAML.
pub(in crate::migrate) fn comments(text: &str) -> Option<Vec<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let options = granit_parser::options! { emit_comments: true, max_buffered_comment_events: usize::MAX };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut found = Vec::new();
    while let Some(event) = parser.next_event() {
        if let Event::Comment(text, _) = event.ok()?.0 {
            found.push(text.trim().to_owned());
        }
    }
    Some(found)
}

struct Reader<'t> {
    text: &'t str,
    /// How far it has read.
    from: usize,
    known: Known,
}

impl Reader<'_> {
    fn piece(&mut self, node: &Node, flow: bool) -> Piece {
        let at = Some(node.span.start);
        let range = node.span.range();
        let written = self.text.get(range.clone()).unwrap_or_default();
        let (kind, beside) = match &node.kind {
            NodeKind::Map(entries) => {
                let flow = flow || written.starts_with('{');
                let table = self.known.tables.get(&node.span.start).copied();
                let entries = entries.iter().map(|entry| self.entry(entry, flow)).collect();
                (Kind::Map { entries, flow, table }, None)
            }
            NodeKind::Seq(items) => {
                let flow = flow || written.starts_with('[');
                let items = items.iter().map(|item| self.item(item, flow)).collect();
                (Kind::List { items, flow }, None)
            }
            NodeKind::Null if written.is_empty() => return Piece { at, ..Piece::new(Kind::Nothing) },
            _ => scalar(node, written),
        };
        let closes = written.starts_with(['{', '[']) || matches!(kind, Kind::Scalar(_));
        if closes {
            self.from = self.from.max(range.end);
        }
        let beside = if closes && !flow { beside.or_else(|| self.tail()) } else { beside };
        Piece { above: Vec::new(), beside, at, kind }
    }

    fn entry(&mut self, entry: &document::Entry, flow: bool) -> Entry {
        let above = self.lines(entry.key.span.start as usize);
        self.from = entry.key.span.end as usize;
        let written = self.text.get(entry.key.span.range()).unwrap_or_default().to_owned();
        let beside = if flow { None } else { self.tail() };
        let mut piece = self.piece(&entry.value, flow);
        piece.above = above;
        piece.beside = beside.or(piece.beside);
        Entry {
            key: entry.key.value.to_string(),
            written,
            at: Some(entry.key.span.start),
            piece,
            named: self.known.named.contains_key(&entry.key.span.start),
        }
    }

    fn item(&mut self, node: &Node, flow: bool) -> Piece {
        let above = self.lines(node.span.start as usize);
        let mut piece = self.piece(node, flow);
        piece.above = above;
        piece
    }

    /// The comment on the rest of the line.
    fn tail(&mut self) -> Option<String> {
        let rest = self.text.get(self.from..)?;
        let line = rest.lines().next()?;
        let comment = line.trim_start_matches([' ', '\t', ':']);
        if !comment.starts_with('#') {
            return None;
        }
        self.from += line.len();
        Some(comment.trim_end().to_owned())
    }

    /// The comments and empty lines up to a place.
    fn lines(&mut self, to: usize) -> Vec<String> {
        let (from, to) = (self.from, to.max(self.from));
        self.from = to;
        let between = self.text.get(from..to).unwrap_or_default();
        let mut all: Vec<&str> = between.split('\n').collect();
        // The last one is the line of what comes next, or nothing behind the last line break.
        let last = all.pop().filter(|_| to == self.text.len()).filter(|line| !line.trim().is_empty());
        let begins = from == 0 || self.text.get(..from).is_some_and(|before| before.ends_with(['\n', '\u{feff}']));
        let mut lines: Vec<String> = Vec::new();
        for line in all.into_iter().chain(last).skip(usize::from(!begins)) {
            let line = line.trim().trim_start_matches("- ").trim_start();
            match line {
                "" if lines.last().is_some_and(String::is_empty) => {}
                "-" | "---" => {}
                other => lines.push(other.to_owned()),
            }
        }
        lines
    }
}

/// A scalar as it is written, and the comment behind the head of a block.
fn scalar(node: &Node, written: &str) -> (Kind, Option<String>) {
    let text = node.scalar_text().unwrap_or_default().to_owned();
    let mut lines: Vec<&str> = written.lines().collect();
    let block = written.starts_with(['|', '>']) && lines.len() > 1;
    let kind = |lines: Vec<String>| Kind::Scalar(Scalar { text: text.clone(), lines });
    if !block {
        return (kind(lines.iter().map(|line| line.trim().to_owned()).collect()), None);
    }
    let head = lines.remove(0);
    let (mark, comment) = match head.split_once(" #") {
        Some((mark, comment)) => (mark.trim(), Some(format!("#{comment}"))),
        None => (head.trim(), None),
    };
    // A stated indentation and kept line ends depend on what is around: such a text is written as one line.
    if mark.contains(|c: char| c.is_ascii_digit() || c == '+') {
        return (kind(vec![serde_json::Value::from(text.as_str()).to_string()]), comment);
    }
    let depth = |line: &&str| line.len() - line.trim_start_matches(' ').len();
    let least = lines.iter().find(|line| !line.trim().is_empty()).map_or(0, depth);
    let body = lines.iter().map(|line| line.get(least..).unwrap_or_default().to_owned());
    (kind(std::iter::once(mark.to_owned()).chain(body).collect()), comment)
}
