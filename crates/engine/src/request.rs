//! Upstream requests made from a plan and a frame: URL, headers, cookies, body. Sends nothing.

mod body;
pub(crate) mod build;
pub(crate) mod headers;
mod multipart;
mod payload;
pub(crate) mod url;
