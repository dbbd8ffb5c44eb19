//! Owns the check of a document against the key tables, at every depth: keys nobody knows, words outside an enumeration, values of
//! another type. It gives nothing a meaning, and says nothing twice that a reader has said.

mod complaint;
mod related;
mod spelling;
mod unknown;
mod value;
mod walk;

pub(crate) use self::{
    spelling::spelling,
    walk::{check, check_as},
};

#[cfg(test)]
mod tests;
