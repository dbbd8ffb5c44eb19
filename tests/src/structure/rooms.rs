//! Rooms: the top folders of a crate's sources, and the arrows between them.

use std::collections::{BTreeMap, BTreeSet};

use super::{arrows::Arrows, tree::Tree};

/// The room of a file: its top folder, or itself when it lies beside the root file. `sign.rs` and `sign/oauth1.rs` are both in
/// `sign`.
#[must_use]
pub fn room(file: &str) -> &str {
    let top = file.split('/').next().unwrap_or(file);
    top.strip_suffix(".rs").unwrap_or(top)
}

/// The rooms of a crate and how many files each has.
#[must_use]
pub fn rooms(tree: &Tree) -> BTreeMap<String, usize> {
    let mut rooms = BTreeMap::new();
    tree.files.iter().for_each(|file| *rooms.entry(room(&file.path).to_owned()).or_default() += 1);
    rooms
}

/// The arrows from room to room, each with the arrows between files that make it.
#[must_use]
pub fn between(tree: &Tree, arrows: &Arrows) -> BTreeMap<(String, String), BTreeSet<String>> {
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for ((from, to), names) in arrows {
        let (from, to) = (&tree.files[*from].path, &tree.files[*to].path);
        let pair = (room(from).to_owned(), room(to).to_owned());
        if pair.0 != pair.1 {
            let names = names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            found.entry(pair).or_default().insert(format!("{from} -> {to}: {names}"));
        }
    }
    found
}

/// What contradicts an order of rooms: arrows to a room further down, and rooms the order does not name. The root file may
/// import anything.
#[must_use]
pub fn against(order: &[&str], tree: &Tree, arrows: &Arrows) -> Vec<String> {
    let place = |room: &str| order.iter().position(|known| *known == room);
    let root = room(&tree.files[0].path);
    let mut wrong: Vec<String> = rooms(tree)
        .into_keys()
        .filter(|room| room != root && place(room).is_none())
        .map(|room| format!("{room}: no place in the order"))
        .collect();
    for ((from, to), files) in between(tree, arrows) {
        if from != root && (to == root || place(&from) < place(&to)) {
            wrong.extend(files);
        }
    }
    wrong
}
