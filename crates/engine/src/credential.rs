//! Upstream credentials: secrets filled in at activation, signatures, access tokens. They see bindings only, never a
//! caller's values.

pub(crate) mod activate;
pub mod sign;
pub(crate) mod tokens;
