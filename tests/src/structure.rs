//! How the sources of a workspace are cut, measured from the sources: which file uses which, cycles among them, rooms (top
//! folders), long functions, dependencies nobody uses. `cargo run -p capstan-tests --bin structure` prints it,
//! `tests/structure.rs` holds it.
//!
//! What counts as one file importing another (an arrow):
//! - every path that leads to an item another file of the crate defines: `use` declarations (re-exports too) and paths in types,
//!   expressions, patterns, bounds, attributes and macro arguments; a name is followed through re-exports to the file that
//!   defines it, and a module alone (`use crate::wire;`) is no arrow, what is then used through it is;
//! - `impl` blocks for a type of another file, since they name it; and `Type::function` imports the file of the inherent `impl`
//!   block that has the function, when that is not the type's own file.
//!
//! What does not: `mod` declarations, test code (`#[cfg(test)]`), names in doc comments, and method calls with a dot, whose
//! target no path tells.

pub mod arrows;
pub mod cycles;
pub mod dependencies;
pub mod functions;
pub mod lines;
pub mod packages;
pub mod paths;
pub mod resolve;
pub mod rooms;
pub mod tree;

#[cfg(test)]
mod tests;
