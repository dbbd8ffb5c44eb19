//! What the index says of each capability. Kinds of adapters make no difference here.

use capstan_engine::Engine;
use capstan_plan::{Reading, Target, Unit, UnitRef};
use serde::Serialize;

use crate::{
    adapter::Adapter,
    capability::{instance::Capability, surface::Change},
    control::operations::Overview,
    finding::Finding,
    publication::gateway::Mount,
    routing::job_routes::job_path,
};

/// The index.
#[derive(Debug, Serialize)]
pub(super) struct Index {
    pub(super) generation: u64,
    pub(super) capabilities: Vec<Entry>,
}

/// One capability.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    pub(super) id: Box<str>,
    pub(super) label: Box<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Box<str>>,
    state: State,
    pub(super) adapters: Vec<AdapterEntry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) missing: Vec<Box<str>>,
    pub(super) errors: Vec<Finding>,
    /// Why what is on disk does not run, while the version before it does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) rejected: Vec<Finding>,
    /// What breaks callers of what is on disk, which waits for a confirmation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) held: Vec<Change>,
    pub(super) warnings: u32,
}

/// Whether a capability runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Serving,
    /// It serves, but not all of it: some unit cannot be called, or a value is missing.
    Partial,
    Failing,
}

#[derive(Debug, Serialize)]
pub(super) struct AdapterEntry {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) namespace: Box<str>,
    /// The path on this listener.
    pub(super) path: String,
    pub(super) units: Vec<UnitEntry>,
}

#[derive(Debug, Serialize)]
pub(super) struct UnitEntry {
    pub(super) name: Box<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) method: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
    /// Where its jobs are, when its answer takes long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) jobs: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) upstream: Option<Box<str>>,
    pub(super) state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<Box<str>>,
}

impl Entry {
    /// What is said of one capability.
    pub(super) fn new(overview: &Overview, mount: Option<&Mount>, capability: &Capability) -> Self {
        let (snapshot, beside) = (&overview.snapshot, &overview.state);
        let info = capability.plan().map(|plan| &plan.info);
        let adapters = mount.into_iter().flat_map(|mount| mount.adapters().filter_map(|adapter| of(mount, adapter)));
        let notices = snapshot.notices.get(&capability.id).into_iter().flatten();
        let missing = capability.engine().map(|engine| engine.missing()).unwrap_or_default();
        let errors: Vec<Finding> = capability.errors().chain(notices).cloned().collect();
        let state = match capability.plan() {
            None => State::Failing,
            Some(_) if errors.is_empty() && missing.is_empty() => State::Serving,
            Some(_) => State::Partial,
        };
        let rejected = beside.rejected.get(&capability.id).into_iter().flat_map(|rejected| rejected.errors());
        let held = beside.held.get(&capability.id).into_iter().flat_map(|held| &held.changes);
        Self {
            id: (*capability.id).into(),
            label: info.map_or_else(|| (*capability.id).into(), |info| info.label.clone()),
            description: info.and_then(|info| info.description.clone()),
            state,
            adapters: adapters.collect(),
            missing: missing.iter().map(|missing| missing.name.clone()).collect(),
            errors,
            rejected: rejected.cloned().collect(),
            held: held.filter(|change| change.is_breaking()).cloned().collect(),
            warnings: capability.findings.warnings(),
        }
    }

    /// Whether it does not run.
    pub(super) fn is_failing(&self) -> bool {
        self.state == State::Failing
    }

    /// Everything that is not as it should be, in words for the page.
    pub(super) fn marks(&self) -> Vec<&'static str> {
        let all = [
            ("failing", self.is_failing()),
            ("partial", self.state == State::Partial),
            ("rejected", !self.rejected.is_empty()),
            ("held", !self.held.is_empty()),
            ("missing values", !self.missing.is_empty()),
        ];
        all.into_iter().filter_map(|(word, is_so)| is_so.then_some(word)).collect()
    }
}

fn of(mount: &Mount, adapter: &Adapter) -> Option<AdapterEntry> {
    let key = adapter.exposed().reference()?.key;
    let path = format!("/{}{}", mount.capability.id, mount.path(&key)?);
    let engine = adapter.exposed().capability.engine();
    let units = adapter.units().into_iter().filter_map(|unit| listed(unit, &path, engine.map(|engine| &**engine)));
    let units = units.collect();
    Some(AdapterEntry { kind: adapter.kind(), namespace: (*key).into(), path, units })
}

fn listed(unit: UnitRef<'_>, at: &str, engine: Option<&Engine>) -> Option<UnitEntry> {
    match unit {
        UnitRef::Operation(route) => Some(UnitEntry {
            method: Some(route.method.as_ref().map_or("*", http::Method::as_str).into()),
            path: Some(format!("{at}{}", route.pattern)),
            jobs: match &route.unit.target {
                Target::Flow(id) if engine.is_some_and(|engine| engine.is_job(*id)) => {
                    Some(job_path(&format!("{at}{}", route.pattern), "{handle}"))
                }
                _ => None,
            },
            ..called(&route.unit)
        }),
        UnitRef::Tool(tool) => Some(called(&tool.unit)),
        UnitRef::Skill(skill) => Some(UnitEntry {
            name: skill.name.clone(),
            method: None,
            path: None,
            jobs: None,
            description: Some(skill.description.clone()),
            upstream: None,
            state: "declared",
            reason: None,
        }),
        UnitRef::Prompt(_) | UnitRef::Resource(_) => None,
    }
}

fn called(unit: &Unit) -> UnitEntry {
    let (state, reason) = match (&unit.target, &unit.reading) {
        (Target::Unavailable(why), _) => ("unavailable", Some(why.message.clone())),
        (_, Reading::Declared) => ("declared", None),
        (_, Reading::Interpreted) => ("interpreted", None),
    };
    UnitEntry {
        name: unit.name.clone(),
        method: None,
        path: None,
        jobs: None,
        description: unit.description.clone(),
        upstream: unit.upstream.clone(),
        state,
        reason,
    }
}
