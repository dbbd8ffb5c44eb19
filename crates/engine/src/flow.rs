//! Running a flow: its only call, its steps, its mock, or a request passed on. Knows no adapter.

pub(crate) mod forward;
pub(crate) mod lookup;
pub(crate) mod mock;
pub(crate) mod run;
pub(crate) mod script;
pub(crate) mod steps;
