//! Upstream requests made from a plan and a frame: URL, headers, cookies, body. Sends nothing.

pub(crate) mod body;
pub(crate) mod build;
pub(crate) mod multipart;
pub(crate) mod url;
