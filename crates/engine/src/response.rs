//! What comes back, made into an answer: headers passed on, formats decoded, outputs shaped. Sends nothing.

pub(crate) mod answer;
pub(crate) mod decode;
pub(crate) mod error;
pub(crate) mod format;
pub(crate) mod headers;
pub(crate) mod shape;
