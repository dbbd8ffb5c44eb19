//! Owns the faces of a diagnostic: annotated text, one line, JSON and SARIF.
//! It does not choose which diagnostics to show, and does not print.

mod human;
mod json;
mod line;
mod printable;
mod sarif;
mod yaml;

pub use human::{Style, human};
pub use json::{JsonDiagnostic, JsonLabel, json};
pub use line::{line, summary};
pub use printable::printable;
pub use sarif::sarif;
pub use yaml::{yaml, yaml_inline};

#[cfg(test)]
mod tests;
