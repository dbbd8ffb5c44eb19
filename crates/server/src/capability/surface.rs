//! What callers of a capability can rely on, and what differs between two versions of it: the one comparison that `capstan diff`,
//! `capstan plan`, the log of reloads, the history of publications and the publication gate have in common.

mod answer;
mod change;
mod diff;
mod fields;
mod job;
mod promise;
mod running;
mod types;

pub use self::{
    answer::Answer,
    change::{Change, Class, What, verdict},
    diff::{diff, of_one},
    job::LongPromise,
    promise::{Input, Promise, Surface, Surfaces},
    running::{Reach, changes, of_capability},
    types::{Member, Type},
};
