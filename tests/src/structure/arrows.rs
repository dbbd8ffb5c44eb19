//! Which file of a crate imports which, and what.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    paths::paths,
    resolve::{Named, macro_rules, resolve},
    tree::Tree,
};

/// The arrows of a crate: importing file and imported file, and the names that make the arrow.
pub type Arrows = BTreeMap<(usize, usize), BTreeSet<String>>;

/// All arrows between the files of a crate.
#[must_use]
pub fn arrows(tree: &Tree) -> Arrows {
    let mut arrows = Arrows::new();
    for written in paths(tree) {
        let from = tree.modules[written.module].file;
        let mut add = |to: usize, name: String| {
            if to != from {
                arrows.entry((from, to)).or_default().insert(name);
            }
        };
        let named = resolve(tree, written.module, &written.segments);
        if let ([name], true) = (&*written.segments, named.is_empty() && written.is_macro)
            && let Some(file) = macro_rules(tree, name)
        {
            add(file, name.clone());
        }
        for named in named {
            if let Named::Item { file, name, .. } = named {
                add(file, name);
            }
        }
    }
    arrows
}
