//! The values of the tree, and how they are changed.

use crate::fields::Table;

/// A document to edit.
#[derive(Clone, Debug)]
pub(in crate::migrate) struct Tree {
    /// The outermost value.
    pub(in crate::migrate) root: Piece,
    /// What stands below it: comments.
    pub(in crate::migrate) below: Vec<String>,
}

/// A value, and what stands around it.
#[derive(Clone, Debug)]
pub(in crate::migrate) struct Piece {
    /// The lines above it: comments, and empty lines.
    pub(in crate::migrate) above: Vec<String>,
    /// The comment on its own line, or on that of its key.
    pub(in crate::migrate) beside: Option<String>,
    /// Where it begins in the text it was read from; nothing for a new one.
    pub(in crate::migrate) at: Option<u32>,
    /// The value.
    pub(in crate::migrate) kind: Kind,
}

/// The kinds of value.
#[derive(Clone, Debug)]
pub(in crate::migrate) enum Kind {
    /// A mapping; what its keys are, where a table says so.
    Map { entries: Vec<Entry>, flow: bool, table: Option<&'static Table> },
    /// A list.
    List { items: Vec<Piece>, flow: bool },
    /// A text, number or word.
    Scalar(Scalar),
    /// Nothing is written.
    Nothing,
}

/// One entry of a mapping.
#[derive(Clone, Debug)]
pub(in crate::migrate) struct Entry {
    /// The key.
    pub(in crate::migrate) key: String,
    /// How it is written.
    pub(in crate::migrate) written: String,
    /// Where it begins in the text it was read from.
    pub(in crate::migrate) at: Option<u32>,
    /// The value; the lines above are those above the key.
    pub(in crate::migrate) piece: Piece,
    /// Whether its value is a named collection.
    pub(in crate::migrate) named: bool,
}

/// A text, number or word, and how it is written.
#[derive(Clone, Debug)]
pub(in crate::migrate) struct Scalar {
    /// What it says.
    pub(in crate::migrate) text: String,
    /// Its lines. Those after the first are indented when they are written.
    pub(in crate::migrate) lines: Vec<String>,
}

impl Piece {
    /// A value nobody wrote yet.
    pub(in crate::migrate) const fn new(kind: Kind) -> Self {
        Self { above: Vec::new(), beside: None, at: None, kind }
    }

    /// A text nobody wrote yet.
    pub(in crate::migrate) fn text(text: &str) -> Self {
        let written = crate::render::yaml_inline(&serde_json::Value::from(text));
        Self::new(Kind::Scalar(Scalar { text: text.to_owned(), lines: vec![written] }))
    }

    /// A word that needs no quotes: `true`, `1.0.0-beta5`.
    pub(in crate::migrate) fn word(word: &str) -> Self {
        let text = word.to_owned();
        Self::new(Kind::Scalar(Scalar { lines: vec![text.clone()], text }))
    }

    /// A mapping.
    pub(in crate::migrate) const fn map(entries: Vec<Entry>) -> Self {
        Self::new(Kind::Map { entries, flow: false, table: None })
    }

    /// The entries of a mapping.
    pub(in crate::migrate) fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map { entries, .. } => entries,
            _ => &[],
        }
    }

    /// The entries of a mapping, to change.
    pub(in crate::migrate) fn entries_mut(&mut self) -> Option<&mut Vec<Entry>> {
        match &mut self.kind {
            Kind::Map { entries, .. } => Some(entries),
            _ => None,
        }
    }

    /// The items of a list.
    pub(in crate::migrate) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List { items, .. } => items,
            _ => &[],
        }
    }

    /// The value under a key.
    pub(in crate::migrate) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.piece)
    }

    /// The value under a key, to change.
    pub(in crate::migrate) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        self.entries_mut()?.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.piece)
    }

    /// What a scalar says.
    pub(in crate::migrate) fn scalar(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// What a mapping is.
    pub(in crate::migrate) const fn table(&self) -> Option<&'static Table> {
        match self.kind {
            Kind::Map { table, .. } => table,
            _ => None,
        }
    }

    /// Whether it is a mapping of this kind.
    pub(in crate::migrate) fn is(&self, table: &'static Table) -> bool {
        self.table().is_some_and(|own| std::ptr::eq(own, table))
    }

    /// Writes a value under a key: in place of what is there, else at this position, or last.
    pub(in crate::migrate) fn set(&mut self, key: &str, value: Self, at: Option<usize>) {
        if let Some(old) = self.get_mut(key) {
            old.kind = value.kind;
            return;
        }
        let Some(entries) = self.entries_mut() else { return };
        let at = at.unwrap_or(entries.len()).min(entries.len());
        entries.insert(at, Entry::new(key, value));
    }

    /// Takes an entry out. The comments around it stay: with the next entry, or else above the mapping.
    pub(in crate::migrate) fn take(&mut self, key: &str) -> Option<Entry> {
        let entries = self.entries_mut()?;
        let at = entries.iter().position(|entry| entry.key == key)?;
        let mut taken = entries.remove(at);
        let comments = std::mem::take(&mut taken.piece.above).into_iter().chain(taken.piece.beside.take());
        let comments: Vec<String> = comments.filter(|line| !line.is_empty()).collect();
        match entries.get_mut(at) {
            Some(next) => drop(next.piece.above.splice(0..0, comments)),
            None => self.above.extend(comments),
        }
        Some(taken)
    }

    /// Shows every value below to `visit`, outer ones first.
    pub(in crate::migrate) fn each(&mut self, visit: &mut dyn FnMut(&mut Self)) {
        visit(self);
        match &mut self.kind {
            Kind::Map { entries, .. } => entries.iter_mut().for_each(|entry| entry.piece.each(visit)),
            Kind::List { items, .. } => items.iter_mut().for_each(|item| item.each(visit)),
            Kind::Scalar(_) | Kind::Nothing => {}
        }
    }

    /// The value a JSON Pointer names, to change.
    pub(in crate::migrate) fn at_pointer_mut(&mut self, pointer: &str) -> Option<&mut Self> {
        steps(pointer).try_fold(self, |piece, step| match &mut piece.kind {
            Kind::List { items, .. } => items.get_mut(step.parse::<usize>().ok()?),
            Kind::Map { entries, .. } => {
                entries.iter_mut().find(|entry| entry.key == step).map(|entry| &mut entry.piece)
            }
            Kind::Scalar(_) | Kind::Nothing => None,
        })
    }
}

impl Tree {
    /// The value a JSON Pointer names.
    pub(in crate::migrate) fn at_pointer(&self, pointer: &str) -> Option<&Piece> {
        steps(pointer).try_fold(&self.root, |piece, step| match &piece.kind {
            Kind::List { items, .. } => items.get(step.parse::<usize>().ok()?),
            _ => piece.get(&step),
        })
    }
}

/// The steps of a JSON Pointer.
fn steps(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~"))
}

impl Entry {
    /// An entry nobody wrote yet.
    pub(in crate::migrate) fn new(key: &str, piece: Piece) -> Self {
        let written = crate::render::yaml_inline(&serde_json::Value::from(key));
        Self { key: key.to_owned(), written, at: None, piece, named: false }
    }

    /// Gives it another key.
    pub(in crate::migrate) fn rename(&mut self, key: &str) {
        key.clone_into(&mut self.key);
        self.written = crate::render::yaml_inline(&serde_json::Value::from(key));
    }
}
