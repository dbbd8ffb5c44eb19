//! What names mean while a unit is linked. There are two views of the same values: the caller's, for what the exposure writes,
//! and the callee's, for what the consumed operation writes.

mod callee;
mod caller;
mod free;
mod near;
mod output;
mod values;
mod with;

pub(super) use self::{
    callee::CalleeScope,
    caller::CallerScope,
    values::{Surroundings, Values},
    with::Target,
};
