//! Rule D4 (AUTO-EXPOSE, on request): exposures for a document that consumes APIs and exposes nothing, written in the dialect
//! so that they are read and linked like any author's.

use serde_json::{Value, json};

use crate::model::{Operation, Spec};

/// The text of a document whose `exposes` offer every operation of `spec`, as one REST resource at `/v1` + upstream path and
/// one tool each. Nothing when `spec` exposes something already or consumes nothing.
pub(crate) fn exposes(spec: &Spec<'_>, stem: &str) -> Option<String> {
    if !spec.exposes.is_empty() || spec.consumes.iter().all(|api| api.operations.is_empty()) {
        return None;
    }
    let operations =
        || spec.consumes.iter().flat_map(|api| api.operations.iter().map(move |op| (&api.namespace.value, op)));
    let call = |namespace: &str, op: &Operation<'_>| Some(format!("{namespace}.{}", op.name?.value));
    let resources: Vec<Value> = operations()
        .filter_map(|(namespace, op)| {
            let call = call(namespace, op)?;
            let operation = json!({
                "name": op.name?.value, "method": op.method.value, "call": call,
                "description": op.description.unwrap_or_default(),
            });
            Some(json!({"path": path(op), "operations": [operation]}))
        })
        .collect();
    let tools: Vec<Value> = operations()
        .filter_map(|(namespace, op)| {
            let name = op.name?.value;
            Some(json!({"name": name, "description": op.description.unwrap_or(name), "call": call(namespace, op)?}))
        })
        .collect();
    let exposes = json!({"exposes": [
        {"type": "rest", "namespace": format!("{stem}-rest"), "resources": resources},
        {"type": "mcp", "namespace": format!("{stem}-mcp"), "tools": tools},
    ]});
    serde_json::to_string_pretty(&exposes).ok()
}

/// `/v1` and the upstream path, without what only makes sense upstream.
fn path(op: &Operation<'_>) -> String {
    let text = |p: Option<crate::source::Spanned<&str>>| p.map_or(String::new(), |p| p.value.trim().to_owned());
    let (resource, own) = (text(op.resource_path), text(op.own_path));
    let joined = if own.starts_with(resource.trim_end_matches('/')) {
        own
    } else {
        format!("{}{own}", resource.trim_end_matches('/'))
    };
    let bare = joined.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let slash = if bare.is_empty() || bare.starts_with('/') { "" } else { "/" };
    format!("/v1{slash}{bare}")
}
