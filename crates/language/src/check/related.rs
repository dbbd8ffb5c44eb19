//! Where a key that is known belongs: in a mapping around, in one inside, or in another kind of the same family.

use crate::{
    fields::{KeyType, Support, Table},
    keys,
};

/// The kind of mapping a key belongs to.
pub(super) struct Home {
    pub(super) table: &'static Table,
    pub(super) support: Support,
}

/// How far up and down a key is looked for.
const REACH: usize = 2;

/// Where a key belongs that the innermost of these tables does not know: the nearest one that reads it, else one that keeps it.
pub(super) fn home(name: &str, around: &[&'static Table]) -> Option<Home> {
    let (own, outer) = around.split_last()?;
    let outer: Vec<&'static Table> = outer.iter().rev().copied().take(REACH).collect();
    let mut near = outer.clone();
    let mut level = vec![*own];
    for _ in 0..REACH {
        level = level.into_iter().flat_map(children).collect();
        near.extend(&level);
    }
    near.extend(outer.iter().flat_map(|table| children(table)));
    let known: Vec<Home> = near
        .into_iter()
        .filter(|table| !std::ptr::eq(*table, *own))
        .filter_map(|table| Some(Home { table, support: table.key(name)?.support }))
        .collect();
    let read = known.iter().position(|home| home.support != Support::Prose);
    known.into_iter().nth(read.unwrap_or(0))
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
