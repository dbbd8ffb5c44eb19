//! Reading a resource: a file of a folder as it was when the capability was activated, a flow, or a flow behind a URI template.
//! Upstream errors are errors here too, and no path leads out of a folder.

use capstan_engine::{Fault, FaultKind, Folder, Found, Inputs, Value};
use capstan_plan::{self as plan, ContentSource, SlotId, Target};
use rmcp::{ErrorData, RoleServer, model::ReadResourceResult, service::RequestContext};
use serde_json::json;

use super::{
    contents, fault,
    invoke::{self, Called},
    job, listing, uri,
    view::View,
};

/// Reads the first resource that has this URI.
pub(super) async fn read(
    view: &View,
    wanted: &str,
    context: &RequestContext<RoleServer>,
) -> Result<ReadResourceResult, ErrorData> {
    if let Some(yielded) = Box::pin(job::read(view, wanted, context)).await {
        return yielded;
    }
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
    let answer = invoke::run(view, called, inputs, context.into()).await.map_err(refused)?;
    contents::contents(view.engine.mask(), resource.mime_type.as_deref(), answer, wanted)
        .map(|contents| ReadResourceResult::new(vec![contents]))
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
    Ok(ReadResourceResult::new(vec![contents::shown(Some(&mime_type), data.into(), wanted)]))
}

fn unknown(wanted: &str) -> ErrorData {
    ErrorData::resource_not_found(format!("Unknown resource: {wanted}"), Some(json!({ "uri": wanted })))
}
