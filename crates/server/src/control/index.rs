//! The index of a gateway: what is mounted, where, and in what state; JSON for programs, a page for people.

mod page;

use capstan_plan::{ExposureKind, Reading, Target, Unit};
use http::{HeaderMap, HeaderValue, Response, header};
use serde::Serialize;

use crate::{
    capability::instance::Capability,
    finding::Finding,
    http::body::Body,
    publication::{gateway::Gateway, snapshot::Snapshot},
};

/// The index.
#[derive(Debug, Serialize)]
struct Index {
    generation: u64,
    capabilities: Vec<Entry>,
}

/// One capability.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    id: Box<str>,
    label: Box<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Box<str>>,
    state: &'static str,
    adapters: Vec<Adapter>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<Box<str>>,
    errors: Vec<Finding>,
    warnings: u32,
}

#[derive(Debug, Serialize)]
struct Adapter {
    #[serde(rename = "type")]
    kind: &'static str,
    namespace: Box<str>,
    /// The path on this listener.
    path: String,
    units: Vec<Listed>,
}

#[derive(Debug, Serialize)]
struct Listed {
    name: Box<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream: Option<Box<str>>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Box<str>>,
}

/// The answer at `/`.
pub(crate) fn answer(snapshot: &Snapshot, gateway: &Gateway, headers: &HeaderMap) -> Response<Body> {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let entries = snapshot.capabilities.values().map(|capability| entry(snapshot, gateway, capability));
    if accept.contains("text/html") {
        return page::response(snapshot.generation, entries.collect());
    }
    let index = Index { generation: snapshot.generation, capabilities: entries.collect() };
    let mut response = Response::new(Body::from(serde_json::to_vec(&index).unwrap_or_default()));
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    out.insert(header::VARY, HeaderValue::from_static("accept"));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn entry(snapshot: &Snapshot, gateway: &Gateway, capability: &Capability) -> Entry {
    let info = capability.plan().map(|plan| &plan.info);
    let mount = gateway.get(&capability.id);
    let mut adapters = Vec::new();
    for (key, exposure) in capability.exposures() {
        let Some(mount) = mount else { continue };
        match &exposure.kind {
            ExposureKind::Rest(rest) => {
                let prefix = format!("/{}{}", capability.id, mount.rest_prefix(key));
                let units = rest.routes.iter().map(|route| Listed {
                    method: Some(route.method.as_ref().map_or("*", http::Method::as_str).into()),
                    path: Some(format!("{prefix}{}", route.pattern)),
                    ..listed(&route.unit)
                });
                adapters.push(Adapter {
                    kind: "rest",
                    namespace: (**key).into(),
                    units: units.collect(),
                    path: prefix,
                });
            }
            ExposureKind::Mcp(mcp) => adapters.push(Adapter {
                kind: "mcp",
                namespace: (**key).into(),
                path: format!("/{}{}", capability.id, mount.mcp_path(key)),
                units: mcp.tools.iter().map(|tool| listed(&tool.unit)).collect(),
            }),
            ExposureKind::Skill(skills) => adapters.push(Adapter {
                kind: "skill",
                namespace: (**key).into(),
                path: format!("/{}{}", capability.id, mount.skill_path(key)),
                units: skills.skills.iter().map(skill).collect(),
            }),
            ExposureKind::Control(_) => {}
        }
    }
    let notices = snapshot.notices.get(&capability.id).into_iter().flatten();
    Entry {
        id: (*capability.id).into(),
        label: info.map_or_else(|| (*capability.id).into(), |info| info.label.clone()),
        description: info.and_then(|info| info.description.clone()),
        state: if capability.plan().is_some() { "serving" } else { "failing" },
        adapters,
        missing: capability.engine().map(|e| e.missing().iter().map(|m| m.name.clone()).collect()).unwrap_or_default(),
        errors: capability.errors().chain(notices).cloned().collect(),
        warnings: capability.findings.warnings(),
    }
}

fn skill(skill: &capstan_plan::Skill) -> Listed {
    Listed {
        name: skill.name.clone(),
        method: None,
        path: None,
        description: Some(skill.description.clone()),
        upstream: None,
        state: "declared",
        reason: None,
    }
}

fn listed(unit: &Unit) -> Listed {
    let (state, reason) = match (&unit.target, &unit.reading) {
        (Target::Unavailable(why), _) => ("unavailable", Some(why.message.clone())),
        (_, Reading::Declared) => ("declared", None),
        (_, Reading::Interpreted) => ("interpreted", None),
    };
    Listed {
        name: unit.name.clone(),
        method: None,
        path: None,
        description: unit.description.clone(),
        upstream: unit.upstream.clone(),
        state,
        reason,
    }
}
