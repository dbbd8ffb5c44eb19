//! Complaints of the check: none about what a reader has complained of, and only warnings where a document is cut off.

use std::collections::{HashMap, HashSet};

use crate::{
    diagnostic::{Code, Diagnostic, Severity, Sink},
    document::{Document, Node},
    fields::{Key, Table},
    key_path::KeyPath,
    source::Span,
    suggest::nearest,
};

/// Where keys stand that are misspelt beyond doubt, and what was meant.
pub(super) type Slips = HashMap<Span, &'static str>;

/// Where complaints go.
pub(super) struct Complaints<'s> {
    pub(super) sink: &'s mut Sink,
    /// What a reader has complained about.
    said: HashSet<Span>,
    /// Where the last entry begins of a document that is cut off.
    tail: Option<u32>,
    /// Keys that are misspelt beyond doubt.
    pub(super) slips: Slips,
}

impl<'s> Complaints<'s> {
    pub(super) fn new(document: &Document, sink: &'s mut Sink) -> Self {
        let told = |found: &&Diagnostic| found.is_error() || matches!(found.code, Code::WrongType | Code::BadValue);
        let said = sink.diagnostics().iter().filter(told).filter_map(Diagnostic::span).collect();
        Self { sink, said, tail: document.truncated.then(|| tail(&document.root)), slips: Slips::new() }
    }

    /// The weight of a mistake at a place.
    pub(super) fn severity(&self, span: Span) -> Severity {
        match self.tail {
            Some(tail) if span.start >= tail => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// Complains about a value of another type.
    pub(super) fn misfit(&mut self, node: &Node, what: &str, expected: &str, path: &KeyPath<'_>) {
        if !self.said.contains(&node.span) {
            let severity = self.severity(node.span);
            let message = format!("{what} must be {expected}, but this is {}", node.kind_name());
            let draft = self.sink.weighed(severity, Code::WrongType, node.span, message);
            draft.help(format!("write {expected}")).path(path);
        }
    }

    /// Complains about a word outside an enumeration.
    pub(super) fn word(
        &mut self,
        key: &str,
        node: &Node,
        words: &[&'static str],
        known: impl Fn(&str) -> bool,
        path: &KeyPath<'_>,
    ) {
        let word = node.scalar_text().unwrap_or_default();
        if known(word) || self.said.contains(&node.span) {
            return;
        }
        let severity = self.severity(node.span);
        let message = format!("`{key}` cannot be `{word}`");
        let draft = self.sink.weighed(severity, Code::BadValue, node.span, message).path(path);
        match nearest(word, words.iter().copied()) {
            Some(near) => drop(draft.help(format!("did you mean `{near}`?")).fix(node.span, near)),
            None => drop(draft.help(format!("use one of: {}", words.join(", ")))),
        }
    }

    /// Complains about what a mapping lacks.
    pub(super) fn missing(&mut self, node: &Node, table: &'static Table, path: &KeyPath<'_>) {
        let entries = node.as_map().unwrap_or_default();
        let head = entries.first().map_or(node.span, |entry| entry.key.span);
        let written = |name: &str| entries.iter().any(|entry| &*entry.key.value == name);
        let absent = |row: &&Key| row.required && !written(row.name) && !row.aliases.iter().copied().any(written);
        for row in table.keys.iter().filter(absent) {
            let severity = self.severity(head);
            let message = format!("{} needs the key `{}`", table.name, row.name);
            let draft = self.sink.weighed(severity, Code::MissingKey, head, message);
            draft.help(format!("`{}`: {}", row.name, row.doc.trim_end_matches('.'))).path(path.key(row.name));
        }
    }
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
