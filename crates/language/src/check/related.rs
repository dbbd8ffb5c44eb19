//! Where a key that is known belongs: in a mapping inside, in one around, or in another kind of the same family.

use crate::{
    fields::{KeyType, Support, Table},
    keys,
};

/// How many kinds of mapping are named.
const NAMED: usize = 4;

/// The kinds of mapping a key belongs to, the nearest first, that the innermost of these tables does not know; and whether it
/// means anything there.
pub(super) fn homes(name: &str, around: &[&'static Table]) -> Option<(Vec<&'static str>, bool)> {
    let (own, outer) = around.split_last()?;
    let mut outer = outer.iter().rev().copied();
    let (parent, grandparent) = (outer.next(), outer.next());
    let inner = children(own);
    let below = inner.iter().flat_map(|table| children(table)).collect::<Vec<_>>();
    let beside = parent.into_iter().chain(grandparent).flat_map(children);
    let levels: [Vec<&'static Table>; 3] =
        [inner.into_iter().chain(parent).collect(), below.into_iter().chain(grandparent).collect(), beside.collect()];
    let known = levels.map(|level| known(name, own, level));
    let means = |known: &&Vec<(&'static str, Support)>| known.iter().any(|(_, support)| *support != Support::Prose);
    let nearest = known.iter().find(means).or_else(|| known.iter().find(|known| !known.is_empty()))?;
    let read = nearest.iter().any(|(_, support)| *support == Support::Read);
    let wanted = nearest.iter().filter(|(_, support)| !read || *support == Support::Read);
    Some((wanted.map(|(name, _)| *name).take(NAMED).collect(), means(&nearest)))
}

/// The kinds of mapping among these tables that know a key, and what becomes of it there.
fn known(name: &str, own: &'static Table, tables: Vec<&'static Table>) -> Vec<(&'static str, Support)> {
    let mut known: Vec<(&'static str, Support)> = Vec::new();
    for table in tables {
        if let Some(row) = table.key(name)
            && !std::ptr::eq(table, own)
            && !known.iter().any(|(known, _)| *known == table.name)
        {
            known.push((table.name, row.support));
        }
    }
    known
}

/// The tables of what the keys of a table hold.
fn children(table: &'static Table) -> Vec<&'static Table> {
    let mut found = Vec::new();
    for key in table.keys.iter().filter(|key| key.support == Support::Read) {
        held(&key.ty, &mut found);
    }
    found
}

fn held(ty: &KeyType, found: &mut Vec<&'static Table>) {
    match ty {
        KeyType::Object(table) | KeyType::Named(table) => {
            if std::ptr::eq(*table, &keys::EXPOSES) {
                found.extend(keys::EXPOSURES.iter().map(|(_, ty)| ty.table()));
            } else {
                found.push(table);
            }
        }
        KeyType::List(ty) | KeyType::Map(ty) => held(ty, found),
        KeyType::OneOf(types) => types.iter().for_each(|ty| held(ty, found)),
        KeyType::When(_, one, other) => {
            held(one, found);
            held(other, found);
        }
        _ => {}
    }
}
