//! Owns one parsed text as a whole, and which key path a place in it has.

use super::node::{Node, NodeKind};
use crate::diagnostic::Diagnostic;
use crate::key_path::{push_index, push_key};
use crate::source::Span;

/// One parsed text.
#[derive(Debug, Clone)]
pub struct Document {
    /// The outermost value; null for an empty text.
    pub root: Node,
    /// True when the text carries a truncation mark: its tail is missing.
    pub truncated: bool,
}

impl Document {
    /// The key path of the innermost value or key that holds a span, such as `exposes[0].tools[2].call`.
    /// Empty when the span is not inside the tree.
    #[must_use]
    pub fn path_at(&self, span: Span) -> String {
        let mut path = String::new();
        let mut node = &self.root;
        while let Some((step, next)) = step_towards(node, span) {
            match step {
                Step::Key(key) => push_key(&mut path, key),
                Step::Index(at) => push_index(&mut path, at),
            }
            let Some(next) = next else { break };
            node = next;
        }
        path
    }

    /// Gives diagnostics about this text the key path of their place, where they have none yet.
    pub fn locate(&self, diagnostics: &mut [Diagnostic]) {
        for diagnostic in diagnostics.iter_mut().filter(|d| d.path.is_empty()) {
            if let Some(span) = diagnostic.span() {
                diagnostic.path = self.path_at(span);
            }
        }
    }
}

enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

fn step_towards(node: &Node, span: Span) -> Option<(Step<'_>, Option<&Node>)> {
    match &node.kind {
        NodeKind::Seq(items) => {
            let (at, item) = items.iter().enumerate().find(|(_, item)| item.span.contains(span))?;
            Some((Step::Index(at), Some(item)))
        }
        NodeKind::Map(entries) => entries.iter().find_map(|entry| {
            let key = &entry.key;
            if entry.value.span.contains(span) {
                Some((Step::Key(&key.value), Some(&entry.value)))
            } else if key.span.contains(span) {
                Some((Step::Key(&key.value), None))
            } else {
                None
            }
        }),
        _ => None,
    }
}
