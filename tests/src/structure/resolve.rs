//! From a written path to the files that define what it names, through modules, imports and re-exports.

use std::collections::BTreeSet;

use super::tree::{Import, Kind, Tree};

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// A module.
    Module(usize),
    /// An item of a file.
    Item {
        /// The file that defines it.
        file: usize,
        /// Its name there.
        name: String,
        /// What it is.
        kind: Kind,
    },
}

/// Lookups under way, so that imports that name each other end.
type Seen = BTreeSet<(usize, String)>;

/// What a path means in a module; nothing when it leads out of the crate.
#[must_use]
pub fn resolve(tree: &Tree, module: usize, segments: &[String]) -> BTreeSet<Named> {
    path(tree, module, segments, &mut Seen::new())
}

/// Whether a name at the head of a path is the crate's own, or brought in: then it does not name a library.
#[must_use]
pub fn in_scope(tree: &Tree, module: usize, name: &str) -> bool {
    let brought = |import: &Import| import.name.as_deref() == Some(name) && import.path.len() > 1;
    ["crate", "self", "super", "Self"].contains(&name)
        || tree.modules[module].imports.iter().any(brought)
        || !lookup(tree, module, name, &mut Seen::new()).is_empty()
}

/// The file with the definition of a `macro_rules!` macro, which needs no path.
#[must_use]
pub fn macro_rules(tree: &Tree, name: &str) -> Option<usize> {
    let defines = |kinds: Option<&Vec<Kind>>| kinds.is_some_and(|kinds| kinds.contains(&Kind::Macro));
    tree.modules.iter().find(|module| defines(module.items.get(name))).map(|module| module.file)
}

fn path(tree: &Tree, module: usize, segments: &[String], seen: &mut Seen) -> BTreeSet<Named> {
    let Some((first, rest)) = segments.split_first() else { return BTreeSet::new() };
    let mut found = match &**first {
        "crate" => BTreeSet::from([Named::Module(0)]),
        "self" => BTreeSet::from([Named::Module(module)]),
        "super" => BTreeSet::from([Named::Module(tree.modules[module].parent)]),
        name => lookup(tree, module, name, seen),
    };
    for segment in rest {
        found = found.iter().flat_map(|named| step(tree, named, segment, seen)).collect();
    }
    found
}

/// What `segment` means behind what is named so far.
fn step(tree: &Tree, named: &Named, segment: &str, seen: &mut Seen) -> BTreeSet<Named> {
    match named {
        Named::Module(module) if segment == "super" => BTreeSet::from([Named::Module(tree.modules[*module].parent)]),
        Named::Module(module) => lookup(tree, *module, segment, seen),
        Named::Item { file, name, kind: Kind::Type } => {
            // A variant, or something of an `impl` block: the type's file, and the block's.
            let elsewhere =
                tree.associated.iter().filter(|(of, function, at)| of == name && function == segment && at != file);
            let block = |(_, function, at): &(String, String, usize)| Named::Item {
                file: *at,
                name: format!("{name}::{function}"),
                kind: Kind::Value,
            };
            elsewhere.map(block).chain([named.clone()]).collect()
        }
        Named::Item { .. } => BTreeSet::new(),
    }
}

/// What a name means in a module: defined there, declared there, or brought in.
fn lookup(tree: &Tree, module: usize, name: &str, seen: &mut Seen) -> BTreeSet<Named> {
    if !seen.insert((module, name.to_owned())) {
        return BTreeSet::new();
    }
    let scope = &tree.modules[module];
    let mut found: BTreeSet<Named> = scope.children.get(name).map(|child| Named::Module(*child)).into_iter().collect();
    let item = |kind: &Kind| Named::Item { file: scope.file, name: name.to_owned(), kind: *kind };
    found.extend(scope.items.get(name).into_iter().flatten().map(item));
    for import in scope.imports.iter().filter(|import| import.name.as_deref() == Some(name)) {
        found.extend(path(tree, module, &import.path, seen));
    }
    if found.is_empty() {
        for import in scope.imports.iter().filter(|import| import.name.is_none()) {
            for named in path(tree, module, &import.path, seen) {
                if let Named::Module(from) = named {
                    found.extend(lookup(tree, from, name, seen));
                }
            }
        }
    }
    seen.remove(&(module, name.to_owned()));
    found
}
