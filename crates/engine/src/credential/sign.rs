//! Credentials that must be computed: Digest, OAuth 1.0a, Veracode HMAC, AWS Signature Version 4, and the texts of an OAuth 2.0
//! token request. Pure functions: time, nonces and requests come in, header values go out. No IO, no clock, no randomness,
//! no caching of tokens.

mod auth_header;
pub mod digest;
pub mod digest_server;
mod error;
pub mod hmac;
pub mod oauth1;
pub mod oauth2;
mod parts;
mod pem;
pub mod sigv4;

pub use error::SignError;

#[cfg(test)]
mod tests;
