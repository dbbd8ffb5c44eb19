//! Which headers are never a document's or a caller's to give.

use http::{HeaderName, header};

/// Whether a header concerns one connection (RFC 9110 section 7.6.1, and what proxies among themselves need) or is computed from
/// the message: the runtime sets it, nobody else does.
#[must_use]
pub fn is_reserved(name: &HeaderName) -> bool {
    matches!(
        *name,
        header::CONNECTION
            | header::TRANSFER_ENCODING
            | header::TE
            | header::TRAILER
            | header::UPGRADE
            | header::PROXY_AUTHENTICATE
            | header::PROXY_AUTHORIZATION
            | header::HOST
            | header::CONTENT_LENGTH
    ) || matches!(name.as_str(), "keep-alive" | "proxy-connection")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_and_frames_are_reserved() {
        for name in ["connection", "keep-alive", "proxy-connection", "proxy-authorization", "host", "content-length"] {
            assert!(is_reserved(&HeaderName::from_static(name)), "{name}");
        }
        for name in ["authorization", "content-type", "x-api-key", "accept"] {
            assert!(!is_reserved(&HeaderName::from_static(name)), "{name}");
        }
    }
}
