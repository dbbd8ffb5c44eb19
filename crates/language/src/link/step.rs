//! The kinds of step, one file each.

pub(super) mod call;
pub(super) mod lookup;
pub(super) mod script;
