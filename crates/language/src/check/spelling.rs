//! Keys whose misspelling is beyond doubt. Each is said once and read from then on as what was meant, so that one slip is one finding
//! and not everything that follows from it.

use super::{complaint::Slips, walk::Check};
use crate::{
    diagnostic::Sink,
    document::{Document, Node, NodeKind},
    key_path::KeyPath,
    keys,
};

/// Says which keys of a document are misspelt, and puts the right ones into its tree. Places stay as they are.
pub(crate) fn spelling(document: &mut Document, sink: &mut Sink) {
    // Below a key that is read now there may be others.
    loop {
        let mut found = Sink::new();
        let mut slips = {
            let mut check = Check::new(document, &mut found);
            check.object(&document.root, &keys::ROOT, &KeyPath::root());
            check.complaints.slips
        };
        correct(&mut document.root, &mut slips);
        if slips.is_empty() {
            return;
        }
        for diagnostic in found.into_diagnostics() {
            if diagnostic.fix.as_ref().is_some_and(|fix| slips.contains_key(&fix.span)) {
                sink.push(diagnostic);
            }
        }
    }
}

/// Writes the right keys; of two that mean the same one, the first. What is left of the slips is what was written.
fn correct(node: &mut Node, slips: &mut Slips) {
    match &mut node.kind {
        NodeKind::Seq(items) => items.iter_mut().for_each(|item| correct(item, slips)),
        NodeKind::Map(entries) => {
            for at in 0..entries.len() {
                let Some(span) = entries.get(at).map(|entry| entry.key.span) else { continue };
                let Some(meant) = slips.get(&span).copied() else { continue };
                if entries.iter().any(|entry| &*entry.key.value == meant) {
                    slips.remove(&span);
                } else if let Some(entry) = entries.get_mut(at) {
                    entry.key.value = meant.into();
                }
            }
            entries.iter_mut().for_each(|entry| correct(&mut entry.value, slips));
        }
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {}
    }
}
