//! Owns `$ref`: finding what it names in the files of the document, and saying so when there is nothing.
//! It reads no file; addresses are never fetched.

use super::parts::{Parts, split};
use crate::diagnostic::{Code, Sink};
use crate::document::{Node, NodeKind};
use crate::source::FileId;
use crate::suggest::nearest;
use percent_encoding::percent_decode_str;
use std::cell::Cell;
use std::collections::HashSet;

/// How many references may follow each other before it is called a loop.
const MAX_CHAIN: usize = 16;

/// Keys of a schema whose values are data, and definitions that count only when something names them.
const OPAQUE: &[&str] =
    &["example", "examples", "default", "enum", "const", "$defs", "definitions", "discriminator", "xml"];

/// Keys of a schema that hold schemas by name.
const BY_NAME: &[&str] = &["properties", "patternProperties", "dependentSchemas"];

/// How many wrong references are compared with what there is.
pub(super) const MAX_COMPARED: usize = 16;

/// What was looked at already.
#[derive(Debug, Default)]
pub(super) struct Seen<'a> {
    references: HashSet<(FileId, &'a str)>,
}

/// The files references point into.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refs<'a> {
    parts: &'a Parts,
    /// How many wrong references may still be compared with what there is: a comparison looks at every name.
    left: Option<&'a Cell<usize>>,
}

/// The text of a node's `$ref`. (A property called `$ref` holds a schema, not a text.)
pub(super) fn reference(node: &Node) -> Option<&str> {
    node.get("$ref")?.as_str()
}

/// The last word of a reference, the name people know the target by.
pub(super) fn name_of(reference: &str) -> &str {
    reference.trim_end_matches(['#', '/']).rsplit(['/', '#']).next().unwrap_or(reference)
}

impl<'a> Refs<'a> {
    /// References between these files.
    pub(super) const fn new(parts: &'a Parts) -> Self {
        Self { parts, left: None }
    }

    /// The same, for reporting those that are wrong: `left` of them are compared with what there is.
    pub(super) const fn comparing(parts: &'a Parts, left: &'a Cell<usize>) -> Self {
        Self { parts, left: Some(left) }
    }

    /// Whether one more wrong reference is compared.
    fn compares(self) -> bool {
        let left = self.left.map_or(0, Cell::get);
        self.left.iter().for_each(|cell| cell.set(left.saturating_sub(1)));
        left > 0
    }

    /// The document itself.
    pub(super) fn main(self) -> Option<&'a Node> {
        self.parts.main()
    }

    /// What a reference in `file` names.
    pub(super) fn target(self, file: FileId, reference: &str) -> Option<&'a Node> {
        let (name, fragment) = split(reference);
        let root = self.parts.root(self.parts.linked(file, name)?)?;
        let fragment = percent_decode_str(fragment).decode_utf8().ok()?;
        if fragment.is_empty() || fragment.starts_with('/') {
            return root.at_pointer(&fragment);
        }
        anchored(root, &fragment)
    }

    /// The mapping a node is, or refers to; complains when there is none.
    pub(super) fn mapping(self, node: &'a Node, what: &str, sink: &mut Sink) -> Option<&'a Node> {
        let mut found = node;
        let mut chain = 0;
        while let Some(text) = reference(found) {
            let Some(target) = self.target(found.span.file, text).filter(|_| chain < MAX_CHAIN) else {
                self.report(found, chain >= MAX_CHAIN, sink);
                return None;
            };
            (found, chain) = (target, chain + 1);
        }
        if found.as_map().is_none() {
            let message = format!("{what} must be a mapping, but this is {}", found.kind_name());
            sink.report(Code::BadOpenapi, found.span, message);
            return None;
        }
        Some(found)
    }

    /// Reports every reference that leads nowhere from a schema, once each.
    pub(super) fn check(self, schema: &'a Node, seen: &mut Seen<'a>, sink: &mut Sink) {
        let mut waiting = vec![schema];
        while let Some(node) = waiting.pop() {
            if let Some(text) = reference(node)
                && seen.references.insert((node.span.file, text))
            {
                match self.target(node.span.file, text) {
                    Some(target) => waiting.push(target),
                    None => self.report(node, false, sink),
                }
            }
            match &node.kind {
                NodeKind::Seq(items) => waiting.extend(items),
                NodeKind::Map(entries) => {
                    for entry in entries {
                        let key = &*entry.key.value;
                        let named = entry.value.as_map().filter(|_| BY_NAME.contains(&key));
                        if let Some(schemas) = named {
                            waiting.extend(schemas.iter().map(|entry| &entry.value));
                        } else if !OPAQUE.contains(&key) && !key.starts_with("x-") {
                            waiting.push(&entry.value);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn report(self, node: &Node, endless: bool, sink: &mut Sink) {
        let Some(place) = node.get("$ref") else { return };
        let (file, text) = (node.span.file, place.as_str().unwrap_or_default());
        let (name, _) = split(text);
        if endless {
            sink.report(Code::BadOpenapi, place.span, format!("`$ref: {text}` leads round in a circle"));
        } else if name.contains("://") {
            let message = format!("`$ref: {text}` leads to an address, which is never fetched");
            sink.report(Code::BadOpenapi, place.span, message).help("download it and name the file");
        } else if self.parts.linked(file, name).and_then(|file| self.parts.root(file)).is_none() {
            let message = format!("`$ref: {text}` leads to a file that cannot be read");
            sink.report(Code::BadOpenapi, place.span, message)
                .help("paths are relative to the file that has the reference");
        } else {
            let message =
                format!("`$ref: {text}` names nothing{}", if name.is_empty() { " in this document" } else { "" });
            let draft = sink.report(Code::BadOpenapi, place.span, message);
            match self.compares().then(|| self.near(file, text)).flatten() {
                Some(near) => drop(draft.help(format!("did you mean `{near}`?"))),
                None => drop(draft.help("without it, anything is accepted there")),
            }
        }
    }

    /// The reference the author may have meant: the same place, a similar name.
    fn near(self, file: FileId, text: &str) -> Option<String> {
        let (parent, name) = text.rsplit_once('/')?;
        let names = self.target(file, parent)?.as_map()?.iter().map(|entry| &*entry.key.value);
        nearest(name, names).map(|near| format!("{parent}/{near}"))
    }
}

/// The schema that calls itself by an `$anchor`.
fn anchored<'a>(root: &'a Node, anchor: &str) -> Option<&'a Node> {
    let lists =
        ["/components/schemas", "/$defs", "/definitions"].into_iter().filter_map(|at| root.at_pointer(at)?.as_map());
    lists
        .flatten()
        .map(|entry| &entry.value)
        .find(|schema| schema.get("$anchor").and_then(Node::as_str) == Some(anchor))
}
