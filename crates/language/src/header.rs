//! Header names an author writes, in parameters, mocks and `trustedHeaders`: what is a name, and which names are not a document's.

use capstan_plan::header::is_reserved;
use http::HeaderName;

use crate::{
    diagnostic::{Code, Defect, Sink},
    source::Span,
};

/// The header of a name; none for one that is the runtime's own. Both that and what is no name are said.
pub(crate) fn header_name(name: &str, span: Span, sink: &mut Sink) -> Result<Option<HeaderName>, Defect> {
    match HeaderName::from_bytes(name.trim().as_bytes()) {
        Ok(header) if is_reserved(&header) => {
            let message = format!("header `{name}` is set by the connection, not by a document");
            sink.warning(Code::Unsupported, span, message).help("remove it");
            Ok(None)
        }
        Ok(header) => Ok(Some(header)),
        Err(_) => {
            let draft = sink.error(Code::BadValue, span, format!("`{name}` is not a header name"));
            Err(draft.help("header names are letters, digits and hyphens").defect())
        }
    }
}
