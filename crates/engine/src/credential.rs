//! Upstream credentials: secrets filled in at activation, signatures, access tokens. They see bindings only, never a
//! caller's values. Each kind has a file; `scheme` is the list of them.

pub(crate) mod digest;
pub(crate) mod fields;
mod hmac;
mod oauth1;
mod oauth2;
pub(crate) mod scheme;
mod secret;
pub mod sign;
mod sigv4;
pub(crate) mod tokens;
pub(crate) mod unsigned;
pub(crate) mod upstream;
