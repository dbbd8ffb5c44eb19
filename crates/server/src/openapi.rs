//! What REST exposures offer, as an OpenAPI 3.1 document: made from plans alone, the same for `capstan export` and for whoever asks
//! a running server. Says what is served, not what is consumed. Serving it is the REST adapter's work.

mod answer;
mod components;
mod inputs;
mod jobs;
mod media;
mod operation;
mod paths;
mod problems;
mod schemas;
mod security;
mod source;

use capstan_plan::{ExposureKind, Plan};
use serde_json::{Map, Value, json};

use self::{components::Components, paths::Paths, source::Source};
use crate::capability::exposed::Exposed;

/// The document of these exposures; those that are no REST APIs have no part in it. `servers` says where its paths begin, when that
/// is not where the document is found.
#[must_use]
pub fn document(members: &[Exposed], server: Option<&str>) -> Value {
    let mut components = Components::default();
    let mut paths = Paths::default();
    for exposed in members {
        let (Some(plan), Some(exposure)) = (exposed.capability.plan(), exposed.exposure()) else { continue };
        let ExposureKind::Rest(rest) = &exposure.kind else { continue };
        let requirement = security::requirement(exposed, exposure, &mut components);
        let source = Source { plan, rest, engine: exposed.capability.engine(), requirement };
        for route in &rest.routes {
            operation::enter(&source, route, &mut paths, &mut components);
        }
    }
    let mut document = Map::from_iter([("openapi".to_owned(), json!("3.1.0")), ("info".to_owned(), info(members))]);
    if let Some(server) = server {
        document.insert("servers".to_owned(), json!([{ "url": server }]));
    }
    document.insert("paths".to_owned(), paths.value());
    document.insert("components".to_owned(), components.value());
    document.into()
}

/// Who and what it is: of several documents at one port, all their names.
fn info(members: &[Exposed]) -> Value {
    let mut plans: Vec<&Plan> = Vec::new();
    for plan in members.iter().filter_map(|exposed| exposed.capability.plan()) {
        if !plans.iter().any(|known| std::ptr::eq(*known, &**plan)) {
            plans.push(plan);
        }
    }
    let labels: Vec<&str> = plans.iter().map(|plan| &*plan.info.label).filter(|label| !label.is_empty()).collect();
    let title = if labels.is_empty() { "capability".to_owned() } else { labels.join(", ") };
    let mut info = Map::from_iter([("title".to_owned(), json!(title))]);
    if let [plan] = plans.as_slice()
        && let Some(description) = &plan.info.description
    {
        info.insert("description".to_owned(), json!(description));
    }
    let versions: Vec<&str> = plans.iter().filter_map(|plan| plan.info.version.as_deref()).collect();
    let version = if versions.len() == plans.len() && !versions.is_empty() {
        versions.join(", ")
    } else {
        "unspecified".to_owned()
    };
    info.insert("version".to_owned(), json!(version));
    info.into()
}

#[cfg(test)]
mod tests;
