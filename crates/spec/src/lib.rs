//! Owns what authors write: YAML with positions, diagnostics, dialects, linking.
//! It performs no IO and calls no upstream; the plan it produces is the only thing others see.

pub mod diagnostic;
pub mod document;
pub mod fields;
pub mod render;
pub mod source;
