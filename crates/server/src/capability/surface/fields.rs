//! What differs between two types, member by member. Says what, not whether it matters: what callers send may get wider, what they
//! get may get narrower.

use std::collections::BTreeMap;

use super::{
    answer::join,
    types::{Member, Type},
};

/// One difference between two types.
#[derive(Debug)]
pub(super) enum Step<'t> {
    /// There is no such member any more.
    Gone,
    /// The member is new.
    New(&'t Member),
    /// It need not be there before, and must be now.
    Required,
    /// It had to be there before, and need not be now.
    Optional,
    /// It is something else.
    Type(&'t Type, &'t Type),
    /// No other members may stand beside those that are declared.
    Closed,
    /// Others may stand beside them now.
    Opened,
    /// Its description differs.
    Described,
}

/// Differences by the place of what differs.
pub(super) type Steps<'t> = Vec<(String, Step<'t>)>;

/// What differs between two types that stand at a place.
pub(super) fn types<'t>(at: &str, old: &'t Type, new: &'t Type, out: &mut Steps<'t>) {
    if !old.is_same(new) {
        out.push((at.to_owned(), Step::Type(old, new)));
    }
    match (old.closed, new.closed) {
        (false, true) => out.push((at.to_owned(), Step::Closed)),
        (true, false) => out.push((at.to_owned(), Step::Opened)),
        _ => {}
    }
    if let (Some(old), Some(new)) = (&old.items, &new.items) {
        types(&format!("{at}[]"), old, new, out);
    }
    // An object nothing is said of has any members.
    if !old.properties.is_empty() || !new.properties.is_empty() {
        members(at, &old.properties, &new.properties, out);
    }
}

/// What differs between members of the same object.
pub(super) fn members<'t>(
    at: &str,
    old: &'t BTreeMap<String, Member>,
    new: &'t BTreeMap<String, Member>,
    out: &mut Steps<'t>,
) {
    for (name, before) in old {
        match new.get(name) {
            None => out.push((join(at, name), Step::Gone)),
            Some(now) => member(&join(at, name), before, now, out),
        }
    }
    for (name, member) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        out.push((join(at, name), Step::New(member)));
    }
}

/// What differs of one member.
pub(super) fn member<'t>(at: &str, old: &'t Member, new: &'t Member, out: &mut Steps<'t>) {
    match (old.required, new.required) {
        (false, true) => out.push((at.to_owned(), Step::Required)),
        (true, false) => out.push((at.to_owned(), Step::Optional)),
        _ => {}
    }
    types(at, &old.kind, &new.kind, out);
    if old.description != new.description {
        out.push((at.to_owned(), Step::Described));
    }
}
