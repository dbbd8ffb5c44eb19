//! Owns which rules a document follows, by the version it claims.

use crate::diagnostic::{Code, Sink};
use crate::document::Node;

/// Which rules a document follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Swagger 2.0.
    V2,
    /// OpenAPI 3.0.
    V30,
    /// OpenAPI 3.1 and later.
    V31,
}

/// The dialect a document claims.
pub(super) fn dialect(root: &Node, sink: &mut Sink) -> Option<Dialect> {
    let claim = root.get("openapi").or_else(|| root.get("swagger"));
    let Some(claim) = claim else {
        let start = root.span.slice(0, 0);
        sink.report(Code::BadOpenapi, start, "this is not an OpenAPI document")
            .help("it begins with `openapi: 3.1.0`, `openapi: 3.0.3` or `swagger: \"2.0\"`");
        return None;
    };
    let version = claim.scalar_text().unwrap_or_default();
    match version.split('.').collect::<Vec<_>>().as_slice() {
        ["2", ..] => Some(Dialect::V2),
        ["3"] | ["3", "0", ..] => Some(Dialect::V30),
        ["3", ..] => Some(Dialect::V31),
        _ => {
            sink.report(Code::BadOpenapi, claim.span, format!("OpenAPI version `{version}` cannot be read"))
                .help("use 3.1, 3.0 or Swagger 2.0");
            None
        }
    }
}
