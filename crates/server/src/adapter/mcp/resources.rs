//! Reading a resource: a file of a folder as it was when the capability was activated, a flow, or a flow behind a URI template.
//! Upstream errors are errors here too, and no path leads out of a folder.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use capstan_engine::{Collected, CollectedBody, Fault, FaultKind, Folder, Found, Inputs, Value};
use capstan_plan::{self as plan, ContentSource, SlotId, Target};
use rmcp::{
    ErrorData, RoleServer,
    model::{ReadResourceResult, ResourceContents},
    service::RequestContext,
};
use serde_json::json;

use super::{
    fault,
    invoke::{self, Called},
    listing, media, result, uri,
    view::View,
};

/// Reads the first resource that has this URI.
pub(super) async fn read(
    view: &View,
    wanted: &str,
    context: &RequestContext<RoleServer>,
) -> Result<ReadResourceResult, ErrorData> {
    for resource in view.mcp().into_iter().flat_map(|mcp| &mcp.resources) {
        match &resource.source {
            ContentSource::Folder(folder) => {
                let below = wanted.strip_prefix(resource.uri.trim_end_matches('/'));
                if let Some(relative) = below.and_then(|rest| rest.strip_prefix('/')) {
                    let Ok(folder) = view.engine.files().folder(*folder) else { return Err(unknown(wanted)) };
                    return file(resource, folder, relative, wanted).await;
                }
            }
            ContentSource::Flow { target, arguments } => {
                if let Some(captures) = uri::captures(&resource.uri, wanted) {
                    return flow(view, resource, (target, arguments), &captures, (wanted, context)).await;
                }
            }
        }
    }
    Err(unknown(wanted))
}

async fn flow(
    view: &View,
    resource: &plan::Resource,
    (target, arguments): (&Target, &[(Box<str>, SlotId)]),
    captures: &[(&str, String)],
    (wanted, context): (&str, &RequestContext<RoleServer>),
) -> Result<ReadResourceResult, ErrorData> {
    let refused = |fault: Fault| {
        let text = fault::text(&fault, view.engine.mask());
        match fault.kind {
            FaultKind::Caller(_) => ErrorData::invalid_params(text, Some(json!({ "uri": wanted }))),
            _ => ErrorData::internal_error(text, Some(json!({ "uri": wanted }))),
        }
    };
    let inputs = |flow: &plan::Flow| {
        let mut inputs = Inputs::for_flow(flow);
        for (name, slot) in arguments {
            if let Some((_, value)) = captures.iter().find(|(captured, _)| *captured == &**name) {
                inputs.set(*slot, Value::text(value.as_str()));
            }
        }
        inputs
    };
    // A tool of that name is another unit: resources are not counted.
    let called = Called { unit: &resource.name, meter: None, target };
    let answer = invoke::run(view, called, inputs, context).await.map_err(refused)?;
    contents(view, resource, answer, wanted).map(|contents| ReadResourceResult::new(vec![contents]))
}

fn contents(
    view: &View,
    resource: &plan::Resource,
    answer: Collected,
    at: &str,
) -> Result<ResourceContents, ErrorData> {
    let content_type = answer.media_type().map(str::to_owned);
    if !answer.status.is_success() {
        let body = match &answer.body {
            CollectedBody::Empty => String::new(),
            CollectedBody::Json(value) => value.to_string(),
            CollectedBody::Bytes(bytes) => result::message(content_type.as_deref(), bytes),
        };
        let text = format!("The upstream answered {}{}", result::status_line(answer.status), result::described(&body));
        let text = view.engine.mask().apply(&text).into_owned();
        let data = Some(json!({ "uri": at, "status": answer.status.as_u16() }));
        return Err(match answer.status {
            http::StatusCode::NOT_FOUND | http::StatusCode::GONE => ErrorData::resource_not_found(text, data),
            _ => ErrorData::internal_error(text, data),
        });
    }
    let stated = resource.mime_type.as_deref().map(str::to_owned);
    let secrets = view.engine.mask().secrets();
    Ok(match answer.body {
        CollectedBody::Empty => ResourceContents::text("", at).with_mime_type(stated.unwrap_or("text/plain".into())),
        CollectedBody::Json(value) => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            ResourceContents::text(secrets.hide(&text), at).with_mime_type(stated.unwrap_or("application/json".into()))
        }
        CollectedBody::Bytes(bytes) => {
            let bytes = secrets.hide_bytes(&bytes).into_owned();
            shown(stated.or(content_type).as_deref(), bytes, at)
        }
    })
}

/// Text as text, everything else as a blob.
fn shown(content_type: Option<&str>, data: Vec<u8>, at: &str) -> ResourceContents {
    let (essence, kind) = media::classify(content_type, &data);
    match kind {
        media::Kind::Json | media::Kind::Text => {
            ResourceContents::text(media::text(content_type, data), at).with_mime_type(essence)
        }
        _ => ResourceContents::blob(BASE64_STANDARD.encode(data), at).with_mime_type(essence),
    }
}

async fn file(
    resource: &plan::Resource,
    folder: &Folder,
    relative: &str,
    wanted: &str,
) -> Result<ReadResourceResult, ErrorData> {
    let segments: Vec<_> = relative.split('/').map(uri::decode).collect();
    if segments.iter().any(|s| s.is_empty() || s == "." || s == ".." || s.contains(['/', '\\', '\0'])) {
        return Err(unknown(wanted));
    }
    let Found::File(file) = folder.find(&segments.join("/")) else { return Err(unknown(wanted)) };
    let data = file.content.bytes().await;
    let data = data.map_err(|error| ErrorData::internal_error(error.to_string(), Some(json!({ "uri": wanted }))))?;
    let mime_type = listing::mime_type(resource, &file.name);
    Ok(ReadResourceResult::new(vec![shown(Some(&mime_type), data.into(), wanted)]))
}

fn unknown(wanted: &str) -> ErrorData {
    ErrorData::resource_not_found(format!("Unknown resource: {wanted}"), Some(json!({ "uri": wanted })))
}
