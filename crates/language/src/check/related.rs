//! Where a key that is known belongs: in a mapping inside, in one around, or in another kind of the same family.

use crate::{
    fields::{KeyType, Support, Table},
    keys,
};

/// How far up and down a key is looked for.
const REACH: usize = 2;

/// How many kinds of mapping are named.
const NAMED: usize = 4;

/// The kinds of mapping a key belongs to, the nearest first, that the innermost of these tables does not know; and whether it
/// means anything there.
pub(super) fn homes(name: &str, around: &[&'static Table]) -> Option<(Vec<&'static str>, bool)> {
    let (own, outer) = around.split_last()?;
    let outer: Vec<&'static Table> = outer.iter().rev().copied().take(REACH).collect();
    let inner: Vec<&'static Table> = children(own);
    let mut near = inner.clone();
    near.extend(outer.first());
    near.extend(inner.into_iter().flat_map(children));
    near.extend(outer.get(1));
    near.extend(outer.iter().flat_map(|table| children(table)));
    let mut known: Vec<(&'static str, Support)> = Vec::new();
    for table in near {
        if let Some(row) = table.key(name)
            && !std::ptr::eq(table, *own)
            && !known.iter().any(|(known, _)| *known == table.name)
        {
            known.push((table.name, row.support));
        }
    }
    let read = known.iter().any(|(_, support)| *support == Support::Read);
    known.retain(|(_, support)| !read || *support == Support::Read);
    let means = known.iter().any(|(_, support)| *support != Support::Prose);
    let names: Vec<_> = known.into_iter().map(|(name, _)| name).take(NAMED).collect();
    (!names.is_empty()).then_some((names, means))
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
