//! Owns reading one mapping by a constant key table: known keys, types, and what to say when they do not fit.
//! It does not know any dialect; the tables do, and give it to the JSON Schema as well.

mod read;
mod table;

pub(crate) use read::wrong_type;
pub use read::{Fields, Named};
pub use table::{Guard, Key, KeyType, Support, Table, Words};

#[cfg(test)]
mod tests;
