//! Upstream requests made from a plan and a frame: URL, headers, cookies, body. Sends nothing.

mod body;
pub(crate) mod build;
mod encoded;
pub(crate) mod headers;
mod json;
mod multipart;
mod payload;
mod serialize;
pub(crate) mod url;
