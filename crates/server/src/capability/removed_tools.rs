//! Tools that are gone: clients keep lists they once got, so for a while their calls are answered with what became of the tool.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use capstan_language::suggest::nearest;
use capstan_plan::{ExposureKind, Tool};

use crate::{
    capability::instance::{Capability, ExposureRef},
    publication::snapshot::Snapshot,
};

/// How long a tool is remembered.
const KEPT: Duration = Duration::from_secs(600);
/// How many tools of one adapter are remembered.
const MOST: usize = 1_000;

/// Tools that are gone, by adapter and name.
#[derive(Clone, Debug, Default)]
pub struct RemovedTools(HashMap<ExposureRef, HashMap<Box<str>, RemovedTool>>);

/// One tool that is gone.
#[derive(Clone, Debug)]
struct RemovedTool {
    since: Instant,
    upstream: Option<Box<str>>,
}

impl RemovedTools {
    /// What is remembered after `now` took the place of `before`.
    #[must_use]
    pub fn after(&self, before: &Snapshot, now: &Snapshot) -> Self {
        let at = Instant::now();
        let mut next = self.clone();
        for capability in before.capabilities.values() {
            let same = now.capabilities.get(&capability.id).is_some_and(|now| Arc::ptr_eq(now, capability));
            if same {
                continue;
            }
            for (reference, tools) in adapters(capability) {
                let buried = next.0.entry(reference).or_default();
                for tool in tools {
                    let upstream = tool.unit.upstream.clone();
                    buried.insert(tool.unit.name.clone(), RemovedTool { since: at, upstream });
                }
            }
        }
        for capability in now.capabilities.values() {
            for (reference, tools) in adapters(capability) {
                if let Some(buried) = next.0.get_mut(&reference) {
                    tools.iter().for_each(|tool| drop(buried.remove(&tool.unit.name)));
                }
            }
        }
        for buried in next.0.values_mut() {
            buried.retain(|_, removed| removed.since.elapsed() < KEPT);
            while buried.len() > MOST {
                let Some(oldest) = buried.iter().min_by_key(|(_, t)| t.since).map(|(name, _)| name.clone()) else {
                    break;
                };
                buried.remove(&oldest);
            }
        }
        next.0.retain(|reference, buried| !buried.is_empty() && now.exposure(reference).is_some());
        next
    }

    /// What to say of a tool that was there a while ago; nothing when it was not.
    #[must_use]
    pub fn removal_notice(&self, at: &ExposureRef, name: &str, tools: &[Tool]) -> Option<String> {
        let removed = self.0.get(at)?.get(name).filter(|removed| removed.since.elapsed() < KEPT)?;
        let names = || tools.iter().map(|tool| &*tool.unit.name);
        // What calls the same as it did is what it is called now.
        let same = tools.iter().find(|tool| removed.upstream.is_some() && tool.unit.upstream == removed.upstream);
        let ago = removed.since.elapsed().as_secs();
        let hint = match (same, nearest(name, names()), tools) {
            (Some(same), ..) => format!(" `{}` does the same now.", same.unit.name),
            (None, Some(near), _) => format!(" The nearest tool is `{near}`."),
            (None, None, [only]) => format!(" The only tool is `{}`.", only.unit.name),
            (None, None, _) => {
                let some: Vec<&str> = names().take(5).collect();
                format!(" There are: {}.", some.join(", "))
            }
        };
        Some(format!(
            "The tool `{name}` was removed or renamed {ago} s ago, when the server was reconfigured.{hint} List the tools again."
        ))
    }
}

fn adapters(capability: &Capability) -> impl Iterator<Item = (ExposureRef, &[Tool])> {
    capability.exposures().filter_map(|(key, exposure)| match &exposure.kind {
        ExposureKind::Mcp(mcp) => Some((capability.reference(key), &*mcp.tools)),
        _ => None,
    })
}
