//! The walk over a document by the key tables.

use super::{complaint::Complaints, value};
use crate::{
    diagnostic::{Code, Sink},
    document::{Document, Node},
    fields::{KeyType, Support, Table},
    key_path::KeyPath,
    keys,
};

/// Mappings that are read as they are: no reader asks for what they need.
static ALONE: [&Table; 4] = [&keys::PART, &keys::PAIR, &keys::IMPORT, &keys::CALL];

/// Checks all of a document that has been read.
pub(crate) fn check(document: &Document, sink: &mut Sink) {
    check_as(document, &keys::ROOT, sink);
}

/// Checks a document whose outermost mapping has the keys of `table`.
pub(crate) fn check_as(document: &Document, table: &'static Table, sink: &mut Sink) {
    let mut check = Check::new(document, sink);
    check.object(&document.root, table, &KeyPath::root());
}

/// One walk over a document.
pub(super) struct Check<'s> {
    pub(super) complaints: Complaints<'s>,
    /// The tables of the mappings around, the outermost first.
    around: Vec<&'static Table>,
}

impl<'s> Check<'s> {
    /// A walk that has not begun.
    pub(super) fn new(document: &Document, sink: &'s mut Sink) -> Self {
        Self { complaints: Complaints::new(document, sink), around: Vec::new() }
    }

    /// A mapping of the language, and everything in it.
    pub(super) fn object(&mut self, node: &Node, table: &'static Table, path: &KeyPath<'_>) {
        let Some(table) = kind(node, table) else { return };
        let Some(entries) = node.as_map() else {
            return self.complaints.misfit(node, table.name, "a mapping", path);
        };
        self.around.push(table);
        for entry in entries {
            let path = path.key(&entry.key.value);
            match table.key(&entry.key.value).map(|row| (row.support, row)) {
                Some((Support::Read, row)) => self.value(node, row.name, &entry.value, &row.ty, &path),
                Some((Support::Prose, _)) => {}
                Some((Support::Unsupported(reason), row)) => {
                    let message = format!("`{}` is not supported: {reason}", row.name);
                    self.complaints.sink.warning(Code::Unsupported, entry.key.span, message).path(path);
                }
                None => self.complaints.unknown(entry, entries, &self.around, &path),
            }
        }
        self.around.pop();
        if ALONE.iter().any(|alone| std::ptr::eq(*alone, table)) {
            self.complaints.missing(node, table, path);
        }
    }

    /// Each item of a list, or each value of a mapping.
    fn each<'d>(
        &mut self,
        node: &'d Node,
        path: &KeyPath<'d>,
        mut check: impl FnMut(&mut Self, &'d Node, &KeyPath<'d>),
    ) {
        for (at, item) in node.as_seq().unwrap_or_default().iter().enumerate() {
            check(self, item, &path.index(at));
        }
        for entry in node.as_map().unwrap_or_default() {
            check(self, &entry.value, &path.key(&entry.key.value));
        }
    }

    fn value<'d>(&mut self, around: &Node, key: &str, node: &'d Node, ty: &'static KeyType, path: &KeyPath<'d>) {
        if node.is_null() {
            return;
        }
        if let KeyType::When(guard, one, other) = ty {
            return self.value(around, key, node, if guard(around, node) { one } else { other }, path);
        }
        if let KeyType::OneOf(types) = ty
            && let Some(ty) = types.iter().find(|ty| value::fits(node, ty))
        {
            return self.value(around, key, node, ty, path);
        }
        if let KeyType::Object(table) = ty {
            return self.object(node, table, path);
        }
        if !value::fits(node, ty) {
            return self.complaints.misfit(node, &format!("`{key}`"), &value::expected(ty), path);
        }
        match ty {
            KeyType::Enum(words) => {
                self.complaints.word(key, node, words, |word| words.iter().any(|w| w.eq_ignore_ascii_case(word)), path)
            }
            KeyType::Words(words) => self.complaints.word(key, node, words.official, |word| words.has(word), path),
            KeyType::List(ty) => {
                self.each(node, path, |check, node, path| check.value(around, key, node, ty, path));
            }
            KeyType::Map(ty) => {
                self.each(node, path, |check, node, path| check.value(around, key, node, ty, path));
            }
            KeyType::Named(table) => self.each(node, path, |check, node, path| check.object(node, table, path)),
            KeyType::TextList => self.each(node, path, |check, node, path| check.text(key, node, path)),
            _ => {}
        }
    }

    /// One of several texts.
    fn text(&mut self, key: &str, node: &Node, path: &KeyPath<'_>) {
        if node.scalar_text().is_none() {
            self.complaints.misfit(node, &format!("each of `{key}`"), "text", path);
        }
    }
}

/// The table a mapping is checked by: that of its kind, where `type` says which it is. None where a reader says that it cannot.
fn kind(node: &Node, table: &'static Table) -> Option<&'static Table> {
    if !std::ptr::eq(table, &keys::EXPOSES) {
        return Some(table);
    }
    match keys::exposure_type(node) {
        Some(ty) => Some(ty.table()),
        None if node.get("type").is_none() && node.get("from").is_some() => Some(&keys::IMPORT),
        None => None,
    }
}
