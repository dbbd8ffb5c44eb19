//! Owns the accessors by which a front end takes values out of one mapping, each with its complaint.
//! It never fills in defaults; an absent key and a null are both `None`.

use super::table::{Key, KeyType, Table};
use crate::diagnostic::{Code, Draft, Sink};
use crate::document::{Entry, Node};
use crate::key_path::KeyPath;
use crate::source::{Span, Spanned};
use crate::suggest::nearest;

/// One mapping, read by a table.
#[derive(Debug, Clone)]
pub struct Fields<'d> {
    node: &'d Node,
    entries: &'d [Entry],
    table: &'static Table,
    path: KeyPath<'d>,
}

/// One item of a named collection.
#[derive(Debug, Clone)]
pub struct Named<'d> {
    /// Its name, if it has one.
    pub name: Option<Spanned<&'d str>>,
    /// The item.
    pub node: &'d Node,
    /// Its key path.
    pub path: KeyPath<'d>,
}

impl<'d> Fields<'d> {
    /// Reads the outermost mapping of a document.
    pub fn read(node: &'d Node, table: &'static Table, sink: &mut Sink) -> Option<Self> {
        Self::read_at(node, table, KeyPath::root(), sink)
    }

    /// Reads a mapping that stands at `path`, and complains when it is none. Which keys it may have is checked apart.
    pub fn read_at(node: &'d Node, table: &'static Table, path: KeyPath<'d>, sink: &mut Sink) -> Option<Self> {
        let Some(entries) = node.as_map() else {
            wrong_type(node, table.name, "a mapping", &path, sink);
            return None;
        };
        Some(Self { node, entries, table, path })
    }

    /// A mapping as a table sees it, without complaints: they were made when it was read.
    #[must_use]
    pub fn view(node: &'d Node, table: &'static Table, path: KeyPath<'d>) -> Option<Self> {
        Some(Self { node, entries: node.as_map()?, table, path })
    }

    /// The mapping itself.
    #[must_use]
    pub const fn mapping(&self) -> &'d Node {
        self.node
    }

    /// Where the mapping stands.
    #[must_use]
    pub const fn span(&self) -> Span {
        self.node.span
    }

    /// The table it is read by.
    #[must_use]
    pub const fn table(&self) -> &'static Table {
        self.table
    }

    /// The key path of the mapping.
    #[must_use]
    pub const fn path(&self) -> &KeyPath<'d> {
        &self.path
    }

    /// The key path of one of its values, in the spelling the author used.
    #[must_use]
    pub fn path_of(&self, key: &'static str) -> KeyPath<'d> {
        self.path.key(self.entry(key).map_or(key, |entry| &*entry.key.value))
    }

    /// All entries, in document order.
    #[must_use]
    pub const fn all(&self) -> &'d [Entry] {
        self.entries
    }

    /// The entries the table does not know, in document order.
    pub fn unknown(&self) -> impl Iterator<Item = &'d Entry> + use<'d> {
        let table = self.table;
        self.entries.iter().filter(|entry| table.key(&entry.key.value).is_none())
    }

    /// True when the key is present, even as null.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    /// The entry of a key of the table, under its official spelling or else another one.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&'d Entry> {
        let row = self.table.keys.iter().find(|row| row.name == key);
        debug_assert!(row.is_some() || self.table.open || self.table.key(key).is_some(), "no row for `{key}`");
        let aliases = row.map(|row| row.aliases).unwrap_or_default();
        std::iter::once(key)
            .chain(aliases.iter().copied())
            .find_map(|name| self.entries.iter().find(|entry| &*entry.key.value == name))
    }

    /// Where a key stands; the mapping's beginning when it is absent.
    #[must_use]
    pub fn key_span(&self, key: &str) -> Span {
        self.entry(key).map_or_else(|| self.span().slice(0, 0), |entry| entry.key.span)
    }

    /// The value of a key, whatever it is; `None` for null.
    #[must_use]
    pub fn node(&self, key: &str) -> Option<&'d Node> {
        self.entry(key).map(|entry| &entry.value).filter(|node| !node.is_null())
    }

    /// Begins an error about the value of a key.
    pub fn error<'s>(
        &self,
        key: &'static str,
        code: Code,
        message: impl Into<String>,
        sink: &'s mut Sink,
    ) -> Draft<'s> {
        sink.error(code, self.value_span(key), message).path(self.path_of(key))
    }

    /// Begins a diagnostic of the code's own weight about the value of a key.
    pub fn report<'s>(
        &self,
        key: &'static str,
        code: Code,
        message: impl Into<String>,
        sink: &'s mut Sink,
    ) -> Draft<'s> {
        sink.report(code, self.value_span(key), message).path(self.path_of(key))
    }

    fn value_span(&self, key: &str) -> Span {
        self.node(key).map_or_else(|| self.key_span(key), |node| node.span)
    }

    /// A text. Numbers and truth values count as written.
    pub fn text(&self, key: &'static str, sink: &mut Sink) -> Option<Spanned<&'d str>> {
        let node = self.node(key)?;
        let text = node.scalar_text().map(|text| Spanned::new(text, node.span));
        self.expect(key, node, text, "text", sink)
    }

    /// A text that must be there and must not be empty.
    pub fn required_text(&self, key: &'static str, sink: &mut Sink) -> Option<Spanned<&'d str>> {
        if self.node(key).is_none() {
            self.missing(key, sink);
            return None;
        }
        let text = self.text(key, sink)?;
        if text.is_empty() {
            self.error(key, Code::BadValue, format!("`{key}` must not be empty"), sink);
            return None;
        }
        Some(text)
    }

    /// Says that a key is missing, pointing at the head of the mapping. One whose value is of another type is there, and that was said.
    pub fn missing(&self, key: &'static str, sink: &mut Sink) {
        if self.node(key).is_some() {
            return;
        }
        let head = self.entries.first().map_or(self.span(), |entry| entry.key.span);
        let doc = self.table.key(key).map_or("", |row| row.doc);
        let draft = sink
            .error(Code::MissingKey, head, format!("{} needs the key `{key}`", self.table.name))
            .path(self.path.key(key));
        if !doc.is_empty() {
            draft.help(format!("`{key}`: {}", doc.trim_end_matches('.')));
        }
    }

    /// A whole number.
    pub fn integer(&self, key: &'static str, sink: &mut Sink) -> Option<Spanned<i64>> {
        let node = self.node(key)?;
        let number = node.as_i64().or_else(|| node.as_str()?.trim().parse().ok());
        self.expect(key, node, number.map(|n| Spanned::new(n, node.span)), "a whole number", sink)
    }

    /// A number.
    pub fn number(&self, key: &'static str, sink: &mut Sink) -> Option<Spanned<f64>> {
        let node = self.node(key)?;
        let number = node.as_number().and_then(serde_json::Number::as_f64);
        self.expect(key, node, number.map(|n| Spanned::new(n, node.span)), "a number", sink)
    }

    /// `true` or `false`; the same words in quotes count.
    pub fn boolean(&self, key: &'static str, sink: &mut Sink) -> Option<Spanned<bool>> {
        let node = self.node(key)?;
        let value = node.as_bool().or_else(|| node.as_str()?.parse().ok());
        self.expect(key, node, value.map(|b| Spanned::new(b, node.span)), "`true` or `false`", sink)
    }

    /// One of the words the table lists for the key, compared without case.
    pub fn word(&self, key: &'static str, sink: &mut Sink) -> Option<Spanned<&'static str>> {
        let text = self.text(key, sink)?;
        let Some(Key { ty: KeyType::Enum(words), .. }) = self.table.key(key) else { return None };
        let found = words.iter().find(|word| word.eq_ignore_ascii_case(text.value));
        if let Some(word) = found {
            return Some(Spanned::new(*word, text.span));
        }
        let draft = self.error(key, Code::BadValue, format!("`{key}` cannot be `{}`", text.value), sink);
        match nearest(text.value, words.iter().copied()) {
            Some(near) => drop(draft.help(format!("did you mean `{near}`?")).fix(text.span, near)),
            None => drop(draft.help(format!("use one of: {}", words.join(", ")))),
        }
        None
    }

    /// A list; empty when absent.
    pub fn list(&self, key: &'static str, sink: &mut Sink) -> &'d [Node] {
        let Some(node) = self.node(key) else { return &[] };
        self.expect(key, node, node.as_seq(), "a list", sink).unwrap_or_default()
    }

    /// The items of a list with their key paths.
    pub fn items(&self, key: &'static str, sink: &mut Sink) -> Vec<(KeyPath<'d>, &'d Node)> {
        let path = self.path_of(key);
        self.list(key, sink).iter().enumerate().map(|(at, node)| (path.index(at), node)).collect()
    }

    /// The mappings of a list, each read by `table`; others are complained about and left out.
    pub fn objects(&self, key: &'static str, table: &'static Table, sink: &mut Sink) -> Vec<Self> {
        let items = self.items(key, sink);
        items.into_iter().filter_map(|(path, node)| Self::read_at(node, table, path, sink)).collect()
    }

    /// The mapping under a key, read by `table`.
    pub fn object(&self, key: &'static str, table: &'static Table, sink: &mut Sink) -> Option<Self> {
        Self::read_at(self.node(key)?, table, self.path_of(key), sink)
    }

    /// The entries of a mapping whose keys are the author's; empty when absent.
    pub fn map(&self, key: &'static str, sink: &mut Sink) -> &'d [Entry] {
        let Some(node) = self.node(key) else { return &[] };
        self.expect(key, node, node.as_map(), "a mapping", sink).unwrap_or_default()
    }

    /// A list of texts; a single text counts as one.
    pub fn text_list(&self, key: &'static str, sink: &mut Sink) -> Vec<Spanned<&'d str>> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let Some(items) = node.as_seq() else {
            let text = node.scalar_text().map(|text| vec![Spanned::new(text, node.span)]);
            return self.expect(key, node, text, "a list of texts", sink).unwrap_or_default();
        };
        let path = self.path_of(key);
        let mut texts = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            match item.scalar_text() {
                Some(text) => texts.push(Spanned::new(text, item.span)),
                None => wrong_type(item, &format!("each of `{key}`"), "text", &path.index(at), sink),
            }
        }
        texts
    }

    /// A named collection in document order: a mapping from name to item, or a list of items with a `name`.
    pub fn entries(&self, key: &'static str, sink: &mut Sink) -> Vec<Named<'d>> {
        self.entries_by(key, &["name"], sink)
    }

    /// A named collection whose listed items carry their name under the first of `ids` that they have.
    pub fn entries_by(&self, key: &'static str, ids: &[&str], sink: &mut Sink) -> Vec<Named<'d>> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let path = self.path_of(key);
        if let Some(entries) = node.as_map() {
            let named = |entry: &'d Entry| Named {
                name: Some(Spanned::new(&*entry.key.value, entry.key.span)),
                node: &entry.value,
                path: path.key(&entry.key.value),
            };
            return entries.iter().map(named).collect();
        }
        let expected = "a list, or a mapping from names";
        let items = self.expect(key, node, node.as_seq(), expected, sink).unwrap_or_default();
        let named = |(at, node): (usize, &'d Node)| {
            let id = ids.iter().filter_map(|id| node.get(id)).find(|id| !id.is_null());
            let name = id.and_then(|id| Some(Spanned::new(id.scalar_text()?, id.span)));
            Named { name, node, path: path.index(at) }
        };
        items.iter().enumerate().map(named).collect()
    }

    fn expect<T>(
        &self,
        key: &'static str,
        node: &Node,
        value: Option<T>,
        expected: &str,
        sink: &mut Sink,
    ) -> Option<T> {
        if value.is_none() {
            wrong_type(node, &format!("`{key}`"), expected, &self.path_of(key), sink);
        }
        value
    }
}

/// Complains about a value of another type.
pub(crate) fn wrong_type(node: &Node, what: &str, expected: &str, path: &KeyPath<'_>, sink: &mut Sink) {
    let message = format!("{what} must be {expected}, but this is {}", node.kind_name());
    sink.error(Code::WrongType, node.span, message).help(format!("write {expected}")).path(path);
}
