//! Running a flow: its only call, its steps, its mock, or a request passed on. Knows no adapter.

mod block;
mod branch;
pub(crate) mod call;
mod call_step;
pub(crate) mod execution;
mod follow;
mod for_each;
pub(crate) mod forward;
mod javascript;
mod job;
mod job_step;
mod lookup;
mod mock;
mod needs;
mod outcome;
mod parallel;
mod poll;
mod poll_step;
mod refusal;
pub(crate) mod run;
mod script;
pub(crate) mod scripts;
mod set;
pub(crate) mod state;
mod step_result;
mod steps;
pub(crate) mod until;
