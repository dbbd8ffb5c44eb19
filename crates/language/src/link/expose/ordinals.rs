//! Which of the operations with one name a call means, by its position among the calls of its adapter (rule C2).

use std::collections::HashMap;

use super::super::call::Ordinal;
use crate::model::UnitDecl;

/// How often each call string occurs in an adapter, and which use the next one is (rule C2).
#[derive(Default)]
pub(super) struct Ordinals<'d> {
    counts: HashMap<&'d str, usize>,
    seen: HashMap<&'d str, usize>,
}

impl<'d> Ordinals<'d> {
    pub(super) fn count<'u>(units: impl Iterator<Item = &'u UnitDecl<'d>>) -> Self
    where
        'd: 'u,
    {
        let mut ordinals = Self::default();
        for call in units.filter_map(|u| u.call) {
            *ordinals.counts.entry(call.value).or_default() += 1;
        }
        ordinals
    }

    pub(super) fn next(&mut self, unit: &UnitDecl<'d>) -> Ordinal {
        let Some(call) = unit.call else { return Ordinal::default() };
        let seen = self.seen.entry(call.value).or_default();
        let index = *seen;
        *seen += 1;
        Ordinal { index, count: self.counts.get(call.value).copied().unwrap_or(0) }
    }
}
