//! Running a flow: its only call, its steps, its mock, or a request passed on. Knows no adapter.

pub(crate) mod call;
mod call_step;
pub(crate) mod execution;
pub(crate) mod forward;
mod javascript;
mod lookup;
mod mock;
mod outcome;
pub(crate) mod run;
mod script;
pub(crate) mod scripts;
pub(crate) mod state;
mod step_result;
mod steps;
pub(crate) mod until;
