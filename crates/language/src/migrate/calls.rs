//! Names that calls can use: every consumed operation has one of its own, every call gives namespace and operation, and values of the
//! caller are named by the namespace of what is exposed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use capstan_plan::{Plan, StepKind, Target, Unit, UnitRef};

use super::{
    draft::Draft,
    tree::{Entry, Kind, Piece},
};
use crate::keys;

/// The words by which the wild dialect names the caller.
const ROOTS: [&str; 4] = ["rest.", "tools.", "tool.", "mcp."];

/// Makes names and calls exact.
pub(super) fn change(draft: &mut Draft<'_>) {
    let called = called(draft);
    let renamed = draft.attempt(|tree| {
        let names = rename(&mut tree.root);
        let exact = |at: u32| called.get(&at).and_then(|operation| names.get(operation));
        each_unit(&mut tree.root, &mut |id, unit| {
            if let Some(target) = id.and_then(exact) {
                call(unit, target);
            }
        });
    });
    if let Err(why) = renamed {
        let what = why.first().map(ToString::to_string).unwrap_or_default();
        draft.refused("call", what);
    }
    draft.everywhere(&roots);
    draft.everywhere(&adapter_words);
    draft.everywhere(&resource_names);
    draft.everywhere(&unit_names);
}

/// Where the operation that a unit calls is declared, by where the unit is.
pub(super) fn called(draft: &Draft<'_>) -> HashMap<u32, u32> {
    let plan = draft.plan();
    let place = |unit: &Unit| Some((draft.place(&unit.origin)?, draft.place(operation(plan, unit)?)?));
    let units = plan.exposures.iter().flat_map(|exposure| exposure.kind.units());
    units.filter_map(UnitRef::unit).filter_map(place).collect()
}

/// Where the one operation a unit calls is declared.
fn operation<'p>(plan: &'p Plan, unit: &Unit) -> Option<&'p capstan_plan::Origin> {
    let Target::Flow(flow) = &unit.target else { return None };
    match plan.flows.get(*flow)?.steps.as_ref() {
        [only] if only.name.is_empty() => match &only.kind {
            StepKind::Call(call) => Some(&call.request.origin),
            _ => None,
        },
        _ => None,
    }
}

/// The items of a named collection with where each is named.
pub(super) fn named(piece: &mut Piece) -> Vec<(Option<u32>, &mut Piece)> {
    match &mut piece.kind {
        Kind::List { items, .. } => {
            let at = |item: &Piece| item.get("name").and_then(|name| name.at).or(item.at);
            items.iter_mut().map(|item| (at(item), item)).collect()
        }
        Kind::Map { entries, .. } => entries.iter_mut().map(|entry| (entry.at, &mut entry.piece)).collect(),
        Kind::Scalar(_) | Kind::Nothing => Vec::new(),
    }
}

/// Shows every exposed operation and tool, with where it is named.
pub(super) fn each_unit(root: &mut Piece, visit: &mut dyn FnMut(Option<u32>, &mut Piece)) {
    root.each(&mut |piece| {
        for entry in piece.entries_mut().into_iter().flatten().filter(|entry| entry.named) {
            for (at, item) in named(&mut entry.piece) {
                if item.is(&keys::UNIT) || item.is(&keys::TOOL) {
                    visit(at, item);
                }
            }
        }
    });
}

/// Gives every consumed operation a name of its own, and says what calls write, by where it is declared.
fn rename(root: &mut Piece) -> BTreeMap<u32, String> {
    let mut names = BTreeMap::new();
    let mut taken: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    root.each(&mut |piece| {
        let Some(namespace) = piece.get("namespace").and_then(Piece::scalar).map(str::to_owned) else { return };
        if !piece.is(&keys::CONSUMES) {
            return;
        }
        let taken = taken.entry(namespace.clone()).or_default();
        piece.each(&mut |inner| {
            for entry in inner.entries_mut().into_iter().flatten().filter(|entry| entry.key == "operations") {
                operations(entry, &namespace, taken, &mut names);
            }
        });
    });
    names
}

fn operations(entry: &mut Entry, namespace: &str, taken: &mut BTreeSet<String>, names: &mut BTreeMap<u32, String>) {
    match &mut entry.piece.kind {
        Kind::List { items, .. } => {
            for item in items {
                let Some(name) = item.get("name") else { continue };
                let (Some(at), Some(old)) = (name.at, name.scalar().map(str::to_owned)) else { continue };
                let new = free(&kebab(&old), taken);
                if new != old {
                    item.set("name", Piece::text(&new), None);
                }
                names.insert(at, format!("{namespace}.{new}"));
            }
        }
        Kind::Map { entries, .. } => {
            for entry in entries {
                let new = free(&kebab(&entry.key), taken);
                names.extend(entry.at.map(|at| (at, format!("{namespace}.{new}"))));
                if new != entry.key {
                    entry.rename(&new);
                }
            }
        }
        Kind::Scalar(_) | Kind::Nothing => {}
    }
}

/// A name as the standard allows it.
pub(super) fn kebab(name: &str) -> String {
    if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return name.to_owned();
    }
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("-");
    if joined.is_empty() { "root".to_owned() } else { joined }
}

/// The name, or the first numbered one that is free.
pub(super) fn free(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut nth = 1;
    while !taken.insert(candidate.clone()) {
        nth += 1;
        candidate = format!("{name}-{nth}");
    }
    candidate
}

/// Writes the call of a unit.
fn call(unit: &mut Piece, target: &str) {
    if unit.get("call").is_none() {
        let other = unit.entries_mut().into_iter().flatten().find(|entry| entry.key == "operation");
        if let Some(entry) = other {
            entry.rename("call");
        }
    }
    if unit.get("call").and_then(Piece::scalar) != Some(target) {
        let at = unit.entries().iter().position(|entry| entry.key == "with");
        unit.set("call", Piece::text(target), at);
    }
}

/// `rest.x` and `tools.x` in the `with` of what is exposed, by the namespace that exposes it.
fn roots(piece: &mut Piece) -> bool {
    let exposes = piece.is(&keys::REST) || piece.is(&keys::MCP);
    let Some(namespace) = piece.get("namespace").and_then(Piece::scalar).map(str::to_owned).filter(|_| exposes) else {
        return false;
    };
    let mut changed = false;
    each_unit(piece, &mut |_, unit| {
        for entry in unit.get_mut("with").and_then(Piece::entries_mut).into_iter().flatten() {
            let named = entry.piece.scalar().and_then(|text| ROOTS.iter().find_map(|root| text.strip_prefix(root)));
            if let Some(name) = named.map(|name| format!("{namespace}.{name}")) {
                entry.piece.kind = Piece::text(&name).kind;
                changed = true;
            }
        }
    });
    changed
}

/// `{{tools.x}}` in what is consumed: an operation does not know who calls it.
fn adapter_words(piece: &mut Piece) -> bool {
    if !piece.is(&keys::CONSUMES) {
        return false;
    }
    let mut changed = false;
    piece.each(&mut |inner| {
        let Kind::Scalar(scalar) = &mut inner.kind else { return };
        for line in std::iter::once(&mut scalar.text).chain(&mut scalar.lines) {
            for root in ROOTS {
                let spelt = format!("{{{{{root}");
                if line.contains(&spelt) {
                    *line = line.replace(&spelt, "{{");
                    changed = true;
                }
            }
        }
    });
    changed
}

/// Names of resources, which nobody outside sees: as the standard allows them, each once.
fn resource_names(piece: &mut Piece) -> bool {
    let Some(entry) = piece.entries_mut().into_iter().flatten().find(|entry| entry.key == "resources" && entry.named)
    else {
        return false;
    };
    unique(&mut entry.piece, |item| item.is(&keys::RESOURCE) || item.is(&keys::EXPOSED_RESOURCE), "path")
}

/// Names of exposed operations: the same.
fn unit_names(piece: &mut Piece) -> bool {
    let Some(entry) = piece.entries_mut().into_iter().flatten().find(|entry| entry.key == "operations" && entry.named)
    else {
        return false;
    };
    unique(&mut entry.piece, |item| item.is(&keys::UNIT), "method")
}

fn unique(collection: &mut Piece, is: impl Fn(&Piece) -> bool, from: &str) -> bool {
    let mut taken = BTreeSet::new();
    let mut changed = false;
    match &mut collection.kind {
        Kind::List { items, .. } => {
            for item in items.iter_mut().filter(|item| is(item)) {
                let old = item.get("name").and_then(Piece::scalar).map(str::to_owned);
                let stem = old.clone().or_else(|| item.get(from)?.scalar().map(str::to_lowercase)).unwrap_or_default();
                let new = free(&kebab(&stem), &mut taken);
                if old.as_ref() != Some(&new) {
                    item.set("name", Piece::text(&new), Some(0));
                    changed = true;
                }
            }
        }
        Kind::Map { entries, .. } => {
            for entry in entries.iter_mut().filter(|entry| is(&entry.piece)) {
                let new = free(&kebab(&entry.key), &mut taken);
                if entry.key != new {
                    entry.rename(&new);
                    changed = true;
                }
            }
        }
        Kind::Scalar(_) | Kind::Nothing => {}
    }
    changed
}
