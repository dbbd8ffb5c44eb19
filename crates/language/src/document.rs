//! Owns the tree a YAML or JSON text is read into: every key and value with its place, and no meaning yet.
//! It does not know any dialect; it decides only what YAML says, and reports what YAML forbids.

mod builder;
mod decode;
mod duplicates;
mod entry;
mod limits;
mod node;
mod quotes;
mod scalar;
mod syntax;
mod whole;

pub use decode::load;
pub(crate) use decode::{decode, parse_decoded};
pub use entry::parse;
pub use limits::{MAX_ALIAS_NODES, MAX_BYTES, MAX_DEPTH, MAX_NODES};
pub use node::{Entry, Node, NodeKind, Number};
pub use whole::Document;

#[cfg(test)]
mod tests;
