//! Header names an author writes, in parameters, mocks and `trustedHeaders`: what is a name, and which names are not a document's.

use capstan_plan::header::is_reserved;
use http::HeaderName;

use crate::{
    diagnostic::{Code, Sink},
    source::Span,
};

/// The header of a name, unless it is none or the runtime's own; both are said.
pub(crate) fn header_name(name: &str, span: Span, sink: &mut Sink) -> Option<HeaderName> {
    match HeaderName::from_bytes(name.trim().as_bytes()) {
        Ok(header) if is_reserved(&header) => {
            sink.warning(
                Code::Unsupported,
                span,
                format!("header `{name}` is set by the connection, not by a document"),
            )
            .help("remove it");
            None
        }
        Ok(header) => Some(header),
        Err(_) => {
            sink.error(Code::BadValue, span, format!("`{name}` is not a header name"))
                .help("header names are letters, digits and hyphens");
            None
        }
    }
}
