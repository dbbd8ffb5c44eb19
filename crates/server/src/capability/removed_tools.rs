//! Tools that are gone: clients keep lists they once got, so for a while their calls are answered with what became of the tool.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use capstan_language::suggest::nearest;
use capstan_plan::{ExposureKind, Tool};

use super::instance::{Capabilities, Capability, ExposureRef};

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
    /// What is remembered after the documents `now` took the place of `before`.
    #[must_use]
    pub fn after(&self, before: &Capabilities, now: &Capabilities) -> Self {
        let at = Instant::now();
        let mut next = self.clone();
        for capability in before.values() {
            let same = now.get(&capability.id).is_some_and(|now| Arc::ptr_eq(now, capability));
            if same {
                continue;
            }
            for (reference, tools) in adapters(capability) {
                let removed = next.0.entry(reference).or_default();
                for tool in tools {
                    let upstream = tool.unit.upstream.clone();
                    removed.insert(tool.unit.name.clone(), RemovedTool { since: at, upstream });
                }
            }
        }
        for capability in now.values() {
            for (reference, tools) in adapters(capability) {
                if let Some(removed) = next.0.get_mut(&reference) {
                    tools.iter().for_each(|tool| drop(removed.remove(&tool.unit.name)));
                }
            }
        }
        for removed in next.0.values_mut() {
            removed.retain(|_, removed| removed.since.elapsed() < KEPT);
            while removed.len() > MOST {
                let Some(oldest) = removed.iter().min_by_key(|(_, t)| t.since).map(|(name, _)| name.clone()) else {
                    break;
                };
                removed.remove(&oldest);
            }
        }
        next.0.retain(|reference, removed| !removed.is_empty() && is_there(now, reference));
        next
    }

    /// What to say of a tool that was there a while ago; nothing when it was not.
    #[must_use]
    pub fn notice(&self, at: &ExposureRef, name: &str, tools: &[Tool]) -> Option<String> {
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

fn is_there(documents: &Capabilities, at: &ExposureRef) -> bool {
    documents.get(&at.capability).is_some_and(|capability| capability.exposure(&at.key).is_some())
}

fn adapters(capability: &Capability) -> impl Iterator<Item = (ExposureRef, &[Tool])> {
    capability.exposures().filter_map(|(key, exposure)| match &exposure.kind {
        ExposureKind::Mcp(mcp) => Some((capability.reference(key), &*mcp.tools)),
        _ => None,
    })
}
