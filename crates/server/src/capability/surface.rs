//! What callers of a capability can rely on, and what differs between two versions of it. `/config/contract` shows it, and
//! `capstan diff` and the history of publications compare it.

mod diff;
mod promise;

pub use self::{
    diff::{Change, What, diff, of_one},
    promise::{Input, Promise, Surface, Surfaces},
};
