//! Owns `$ref`: finding what it names inside the document, and saying so when there is nothing.
//! It never leaves the document: other files and URLs are not read.

use crate::diagnostic::{Code, Sink};
use crate::document::{Node, NodeKind};
use crate::suggest::nearest;
use percent_encoding::percent_decode_str;
use std::collections::HashSet;

/// How many references may follow each other before it is called a loop.
const MAX_CHAIN: usize = 16;

/// Keys of a schema whose values are data, and definitions that count only when something names them.
const OPAQUE: &[&str] =
    &["example", "examples", "default", "enum", "const", "$defs", "definitions", "discriminator", "xml"];

/// Keys of a schema that hold schemas by name.
const BY_NAME: &[&str] = &["properties", "patternProperties", "dependentSchemas"];

/// The document references point into.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refs<'a> {
    root: &'a Node,
}

/// The text of a node's `$ref`. (A property called `$ref` holds a schema, not a text.)
pub(super) fn reference(node: &Node) -> Option<&str> {
    node.get("$ref")?.as_str()
}

/// The last word of a reference, the name people know the target by.
pub(super) fn name_of(reference: &str) -> &str {
    reference.rsplit(['/', '#']).next().unwrap_or(reference)
}

impl<'a> Refs<'a> {
    /// References of one document.
    pub(super) const fn new(root: &'a Node) -> Self {
        Self { root }
    }

    /// What a reference names.
    pub(super) fn target(self, reference: &str) -> Option<&'a Node> {
        let pointer = percent_decode_str(reference.strip_prefix('#')?).decode_utf8().ok()?;
        self.root.at_pointer(&pointer)
    }

    /// The mapping a node is, or refers to; complains when there is none.
    pub(super) fn mapping(self, node: &'a Node, what: &str, sink: &mut Sink) -> Option<&'a Node> {
        let mut found = node;
        let mut chain = 0;
        while let Some(text) = reference(found) {
            let Some(target) = self.target(text).filter(|_| chain < MAX_CHAIN) else {
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
    pub(super) fn check(self, schema: &'a Node, seen: &mut HashSet<&'a str>, sink: &mut Sink) {
        let mut waiting = vec![schema];
        while let Some(node) = waiting.pop() {
            if let Some(text) = reference(node)
                && seen.insert(text)
            {
                match self.target(text) {
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
        let text = place.as_str().unwrap_or_default();
        if endless {
            sink.report(Code::BadOpenapi, place.span, format!("`$ref: {text}` leads round in a circle"));
        } else if text.starts_with('#') {
            let draft =
                sink.report(Code::BadOpenapi, place.span, format!("`$ref: {text}` names nothing in this document"));
            match self.near(text) {
                Some(near) => drop(draft.help(format!("did you mean `{near}`?"))),
                None => drop(draft.help("without it, anything is accepted there")),
            }
        } else {
            let message = format!("`$ref: {text}` leads to another document, which is not read");
            sink.report(Code::BadOpenapi, place.span, message).help("copy what it names into this document");
        }
    }

    /// The reference the author may have meant: the same place, a similar name.
    fn near(self, text: &str) -> Option<String> {
        let (parent, name) = text.rsplit_once('/')?;
        let names = self.target(parent)?.as_map()?.iter().map(|entry| &*entry.key.value);
        nearest(name, names).map(|near| format!("{parent}/{near}"))
    }
}
