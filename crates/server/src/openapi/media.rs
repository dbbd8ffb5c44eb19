//! Which media types a body of a request may have.

use capstan_plan::{Body, Flow, Step, StepKind};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";
const ANY: &str = "*/*";

/// The media types of a body whose fields are inputs: what is sent on as a form may come as one.
pub(super) fn of_fields(flow: &Flow) -> Vec<String> {
    match sent(flow) {
        Some(Body::Form(_)) => vec![JSON.to_owned(), FORM.to_owned()],
        _ => vec![JSON.to_owned()],
    }
}

/// The media types of a body that is one input.
pub(super) fn of_whole(flow: &Flow, is_described: bool) -> Vec<String> {
    match sent(flow) {
        Some(Body::Form(_)) => vec![JSON.to_owned(), FORM.to_owned()],
        Some(Body::MultipartObject(_)) => vec![JSON.to_owned(), MULTIPART.to_owned()],
        Some(Body::Text { media_type, .. }) => vec![media_type.to_string()],
        Some(Body::Inbound(_)) if !is_described => vec![ANY.to_owned()],
        _ => vec![JSON.to_owned()],
    }
}

/// The body of the only call of a flow.
fn sent(flow: &Flow) -> Option<&Body> {
    match &*flow.steps {
        [Step { kind: StepKind::Call(call), .. }] => Some(&call.request.body),
        _ => None,
    }
}
