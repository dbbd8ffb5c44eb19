//! One run of a query over one value: what its segments (`query`) and its filters (`filter`) have in common.

use std::cell::RefCell;

use regex::Regex;
use serde_json::Value;

use crate::budget::Budget;

/// One run of a query over one value.
pub(super) struct Run<'v, 'b> {
    pub(super) root: &'v Value,
    pub(super) budget: &'b Budget,
    /// The pattern matched last, and what it compiled to: it is mostly the same one for all nodes.
    pub(super) pattern: RefCell<Option<(String, Option<Regex>)>>,
}

impl<'v, 'b> Run<'v, 'b> {
    pub(super) fn new(root: &'v Value, budget: &'b Budget) -> Self {
        Self { root, budget, pattern: RefCell::default() }
    }
}

/// An element by position; negative counts from the end.
pub(super) fn at(items: &[Value], index: i64) -> Option<&Value> {
    let index = if index < 0 { index.checked_add(i64::try_from(items.len()).ok()?)? } else { index };
    items.get(usize::try_from(index).ok()?)
}
