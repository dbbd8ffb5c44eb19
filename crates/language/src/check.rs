//! Owns the check of a document against the key tables, at every depth: keys nobody knows, words outside an enumeration, values of
//! another type. It gives nothing a meaning, and says nothing twice that a reader has said.

mod related;
mod unknown;
mod value;

use std::collections::HashSet;

use crate::{
    diagnostic::{Code, Severity, Sink},
    document::{Document, Node},
    fields::{Key, KeyType, Support, Table},
    key_path::KeyPath,
    keys,
    source::Span,
};

/// Mappings that are read as they are: no reader asks for what they need.
static ALONE: [&Table; 4] = [&keys::PART, &keys::PAIR, &keys::IMPORT, &keys::CALL];

/// Checks all of a document that has been read.
pub(crate) fn check(document: &Document, sink: &mut Sink) {
    let told = sink.diagnostics().iter().filter(|found| matches!(found.code, Code::WrongType | Code::BadValue));
    let told = told.chain(sink.diagnostics().iter().filter(|found| found.is_error()));
    let said = told.filter_map(|found| found.span()).collect();
    let mut check = Check { sink, said, around: Vec::new(), tail: document.truncated.then(|| tail(&document.root)) };
    check.object(&document.root, &keys::ROOT, &KeyPath::root());
}

/// Where the last entry of a document begins: where it is cut off, nothing there is a mistake.
fn tail(node: &Node) -> u32 {
    if let Some(last) = node.as_seq().and_then(<[_]>::last) {
        return tail(last);
    }
    match node.as_map().and_then(<[_]>::last) {
        Some(last) if last.value.as_seq().is_none() && last.value.as_map().is_none() => last.key.span.start,
        Some(last) => tail(&last.value),
        None => node.span.start,
    }
}

struct Check<'s> {
    sink: &'s mut Sink,
    /// What a reader has complained about.
    said: HashSet<Span>,
    /// The tables of the mappings around, the outermost first.
    around: Vec<&'static Table>,
    tail: Option<u32>,
}

impl Check<'_> {
    /// The weight of a mistake at a place.
    fn severity(&self, span: Span) -> Severity {
        match self.tail {
            Some(tail) if span.start >= tail => Severity::Warning,
            _ => Severity::Error,
        }
    }

    fn object(&mut self, node: &Node, table: &'static Table, path: &KeyPath<'_>) {
        let Some(table) = kind(node, table) else { return };
        let Some(entries) = node.as_map() else {
            self.misfit(node, format!("{} must be a mapping, but this is {}", table.name, node.kind_name()), path);
            return;
        };
        self.around.push(table);
        for entry in entries {
            let path = path.key(&entry.key.value);
            match table.key(&entry.key.value).map(|row| (row.support, row)) {
                Some((Support::Read, row)) => self.value(node, row.name, &entry.value, &row.ty, &path),
                Some((Support::Prose, _)) => {}
                Some((Support::Unsupported(reason), row)) => {
                    let message = format!("`{}` is not supported: {reason}", row.name);
                    self.sink.warning(Code::Unsupported, entry.key.span, message).path(path);
                }
                None => self.unknown(entry, entries, table, &path),
            }
        }
        self.around.pop();
        if ALONE.iter().any(|alone| std::ptr::eq(*alone, table)) {
            self.missing(node, table, path);
        }
    }

    /// Complains about what a mapping lacks.
    fn missing(&mut self, node: &Node, table: &'static Table, path: &KeyPath<'_>) {
        let entries = node.as_map().unwrap_or_default();
        let head = entries.first().map_or(node.span, |entry| entry.key.span);
        let written = |name: &str| entries.iter().any(|entry| &*entry.key.value == name);
        let absent = |row: &&Key| row.required && !written(row.name) && !row.aliases.iter().copied().any(written);
        for row in table.keys.iter().filter(absent) {
            let severity = self.severity(head);
            let message = format!("{} needs the key `{}`", table.name, row.name);
            let draft = self.sink.weighed(severity, Code::MissingKey, head, message);
            draft.help(format!("`{}`: {}", row.name, row.doc)).path(path.key(row.name));
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
            let message = format!("`{key}` must be {}, but this is {}", value::expected(ty), node.kind_name());
            return self.misfit(node, message, path);
        }
        match ty {
            KeyType::Enum(words) => {
                self.word(key, node, words, |word| words.iter().any(|w| w.eq_ignore_ascii_case(word)), path)
            }
            KeyType::Words(words) => self.word(key, node, words.official, |word| words.has(word), path),
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
            self.misfit(node, format!("`{key}` must hold texts, but this is {}", node.kind_name()), path);
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

#[cfg(test)]
mod tests;
