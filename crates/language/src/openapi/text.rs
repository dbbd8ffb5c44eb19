//! Texts and truth values of the document, as far as they say anything.

use crate::document::Node;

/// The text under a key, without the space around it; nothing when it is empty.
pub(super) fn text(node: &Node, key: &str) -> Option<String> {
    let text = node.get(key)?.scalar_text()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The truth value under a key; silence is no.
pub(super) fn flag(node: &Node, key: &str) -> bool {
    node.get(key).and_then(Node::as_bool).unwrap_or(false)
}

/// The texts of a list under a key.
pub(super) fn texts(node: &Node, key: &str) -> Vec<String> {
    let items = node.get(key).and_then(Node::as_seq).unwrap_or_default();
    items.iter().filter_map(Node::scalar_text).map(str::to_owned).collect()
}
