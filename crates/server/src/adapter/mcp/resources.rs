//! Resources: files of a folder, flows, and flows behind a URI template. Upstream errors are errors here too, and no path
//! leads out of a folder.

use std::path::{Path, PathBuf};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use capstan_engine::{Collected, CollectedBody, Fault, FaultKind, Inputs, Value};
use capstan_plan::{self as plan, ContentSource, FileId, IdVec, PlanFile, SlotId, Target};
use rmcp::{
    ErrorData, RoleServer,
    model::{ReadResourceResult, Resource, ResourceContents},
    service::RequestContext,
};
use serde_json::json;

use super::{fault, invoke, media, result, uri, view::View};

/// What a plan says of its files.
type Files = IdVec<FileId, PlanFile>;

/// The most bytes of a file.
const LIMIT: u64 = 10 << 20;

/// The most files of one folder, and how deep they may lie.
const FILES: usize = 10_000;
const DEPTH: usize = 16;

/// Every resource that has a URI of its own: files in order of their paths.
pub(super) fn listing(resources: &[plan::Resource], files: &Files) -> Vec<Resource> {
    let mut listed = Vec::new();
    for resource in resources.iter().filter(|r| !r.uri.contains('{')) {
        match &resource.source {
            ContentSource::Flow { .. } => listed.push(entry(resource, (*resource.uri).into())),
            ContentSource::Folder(folder) => {
                let root = path_of(files, *folder);
                let mut files = Vec::new();
                walk(&root, DEPTH, &mut files);
                files.sort();
                for file in files {
                    let Ok(relative) = file.strip_prefix(&root) else { continue };
                    let segments: Vec<_> = relative.iter().map(|s| uri::encode(&s.to_string_lossy())).collect();
                    let at = format!("{}/{}", resource.uri.trim_end_matches('/'), segments.join("/"));
                    let mut one = entry(resource, at);
                    one.title = Some(format!("{}: {}", one.title.unwrap_or_default(), relative.display()));
                    one.mime_type = Some(mime_type(resource, &file));
                    one.size = file.metadata().ok().map(|meta| meta.len());
                    listed.push(one);
                }
            }
        }
    }
    listed
}

/// The resources at this moment: folders are looked at anew.
pub(super) async fn present(view: &View) -> Vec<Resource> {
    let Some(mcp) = view.mcp() else { return Vec::new() };
    if !mcp.resources.iter().any(|r| matches!(r.source, ContentSource::Folder(_))) {
        return view.resources.clone();
    }
    let (resources, plan) = (mcp.resources.clone(), view.plan.clone());
    let listed = tokio::task::spawn_blocking(move || listing(&resources, &plan.files)).await;
    listed.unwrap_or_else(|_| view.resources.clone())
}

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
                    return file(resource, path_of(&view.plan.files, *folder), relative, wanted).await;
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
    let found = invoke::flow(view, target).map_err(refused)?;
    let mut inputs = Inputs::for_flow(found.1);
    for (name, slot) in arguments {
        if let Some((_, value)) = captures.iter().find(|(captured, _)| *captured == &**name) {
            inputs.set(*slot, Value::text(value.as_str()));
        }
    }
    let answer = invoke::run(view, &resource.name, found, inputs, context).await.map_err(refused)?;
    contents(view, resource, answer, wanted).map(|contents| ReadResourceResult::new(vec![contents]))
}

fn contents(
    view: &View,
    resource: &plan::Resource,
    answer: Collected,
    at: &str,
) -> Result<ResourceContents, ErrorData> {
    let content_type = answer.media_type().map(str::to_owned);
    if answer.status.is_client_error() || answer.status.is_server_error() {
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
    Ok(match answer.body {
        CollectedBody::Empty => ResourceContents::text("", at).with_mime_type(stated.unwrap_or("text/plain".into())),
        CollectedBody::Json(value) => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            ResourceContents::text(text, at).with_mime_type(stated.unwrap_or("application/json".into()))
        }
        CollectedBody::Bytes(bytes) => shown(stated.or(content_type).as_deref(), bytes.into(), at),
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
    root: PathBuf,
    relative: &str,
    wanted: &str,
) -> Result<ReadResourceResult, ErrorData> {
    let segments: Vec<_> = relative.split('/').map(uri::decode).collect();
    if segments.iter().any(|s| s.is_empty() || s == "." || s == ".." || s.contains(['/', '\\', '\0'])) {
        return Err(unknown(wanted));
    }
    let path = segments.iter().fold(root.clone(), |path, segment| path.join(segment));
    let mime_type = mime_type(resource, &path);
    let read = tokio::task::spawn_blocking(move || contained(&root, &path)).await.ok().flatten();
    match read {
        Some(Ok(data)) => Ok(ReadResourceResult::new(vec![shown(Some(&mime_type), data, wanted)])),
        Some(Err(length)) => {
            let text = format!("the file has {length} bytes, more than the {LIMIT} that are served");
            Err(ErrorData::internal_error(text, Some(json!({ "uri": wanted }))))
        }
        None => Err(unknown(wanted)),
    }
}

/// The content of a regular file that really is below `root`, or its length when that is too much.
fn contained(root: &Path, path: &Path) -> Option<Result<Vec<u8>, u64>> {
    let (root, path) = (root.canonicalize().ok()?, path.canonicalize().ok()?);
    let length = path.metadata().ok().filter(std::fs::Metadata::is_file)?.len();
    if !path.starts_with(root) {
        return None;
    }
    if length > LIMIT {
        return Some(Err(length));
    }
    Some(Ok(std::fs::read(path).ok()?))
}

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if kind.is_dir() && depth > 0 && !hidden {
            walk(&entry.path(), depth - 1, files);
        } else if kind.is_file() && !hidden && files.len() < FILES {
            files.push(entry.path());
        }
    }
}

fn entry(resource: &plan::Resource, at: String) -> Resource {
    let mut listed = Resource::new(at, &*resource.name);
    listed.title = Some(resource.title.as_deref().unwrap_or(&resource.name).into());
    listed.description = resource.description.as_deref().map(Into::into);
    listed.mime_type = resource.mime_type.as_deref().map(Into::into);
    listed
}

fn mime_type(resource: &plan::Resource, file: &Path) -> String {
    match resource.mime_type.as_deref() {
        Some(stated) => stated.into(),
        None => mime_guess::from_path(file).first_or_octet_stream().essence_str().into(),
    }
}

/// Where a file of the plan is.
fn path_of(files: &Files, id: FileId) -> PathBuf {
    files.get(id).map(|file| PathBuf::from(file.path.as_str())).unwrap_or_default()
}

fn unknown(wanted: &str) -> ErrorData {
    ErrorData::resource_not_found(format!("Unknown resource: {wanted}"), Some(json!({ "uri": wanted })))
}
