//! Owns the limits of one document.

/// Largest text that is read.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;
/// Deepest nesting of lists and mappings.
pub const MAX_DEPTH: usize = 64;
/// Most values in one document.
pub const MAX_NODES: usize = 250_000;
/// Most values that aliases may add.
pub const MAX_ALIAS_NODES: usize = 100_000;
