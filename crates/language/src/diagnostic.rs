//! Owns what is said about an author's file: codes, severities, labels, and the sink that collects them.
//! It does not decide what is wrong and does not print; see `render` for the faces of a diagnostic.

mod code;
mod defect;
mod finding;
mod fix;
mod severity;
mod sink;

pub use code::{Code, Doc};
pub(crate) use defect::Defect;
pub use finding::{Diagnostic, Identity, Label};
pub use fix::{Edit, Fix, Safety};
pub use severity::Severity;
pub use sink::{Draft, Sink};

#[cfg(test)]
mod tests;
