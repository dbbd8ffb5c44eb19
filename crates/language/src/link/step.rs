//! The kinds of step, one file each.

pub(super) mod call;
pub(super) mod fail;
pub(super) mod lookup;
pub(super) mod poll;
pub(super) mod script;
pub(super) mod value;
