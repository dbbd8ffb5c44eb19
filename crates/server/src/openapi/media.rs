//! Which media types a body of a request may have.

use capstan_plan::{Body, BodyKind, Flow, Step, StepKind};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";
const ANY: &str = "*/*";

/// The media types of a body whose fields are inputs: what is sent on as a form may come as one.
pub(super) fn of_fields(flow: &Flow) -> Vec<String> {
    match sent(flow) {
        Some(Body::Form(_)) => with_json([FORM]),
        Some(Body::Encoded(encoded)) if encoded.kind == BodyKind::Form => with_json([FORM]),
        _ => with_json([]),
    }
}

/// The media types of a body that is one input.
pub(super) fn of_whole(flow: &Flow, is_described: bool) -> Vec<String> {
    match sent(flow) {
        Some(Body::Form(_)) => with_json([FORM]),
        Some(Body::MultipartObject(_)) => with_json([MULTIPART]),
        Some(Body::Text { media_type, .. }) => vec![media_type.to_string()],
        Some(Body::Inbound(_)) if !is_described => vec![ANY.to_owned()],
        Some(Body::Encoded(encoded)) => match encoded.kind {
            // What a form is made of may come as the object it means.
            BodyKind::Json | BodyKind::Form | BodyKind::Multipart => {
                with_json(encoded.taken.iter().map(|name| &**name))
            }
            BodyKind::Text | BodyKind::Binary => encoded.taken.iter().map(ToString::to_string).collect(),
        },
        _ => with_json([]),
    }
}

/// JSON, and these.
fn with_json<'t>(others: impl IntoIterator<Item = &'t str>) -> Vec<String> {
    let mut all = vec![JSON.to_owned()];
    for other in others {
        if !all.iter().any(|known| known.eq_ignore_ascii_case(other)) {
            all.push(other.to_owned());
        }
    }
    all
}

/// Whether a body of a media type is what its schema describes; else it is text or bytes.
pub(super) fn has_members(media_type: &str) -> bool {
    let name = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    name.ends_with("/json") || name.ends_with("+json") || name == FORM || name == MULTIPART
}

/// The body of the only call of a flow.
fn sent(flow: &Flow) -> Option<&Body> {
    match &*flow.steps {
        [Step { kind: StepKind::Call(call), .. }] => Some(&call.request.body),
        _ => None,
    }
}
