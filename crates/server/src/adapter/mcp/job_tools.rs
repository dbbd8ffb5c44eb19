//! What a server offers for its tools whose answer takes long: a tool that gives the result later, a resource template that reads it,
//! and an output schema that a handle satisfies too. All of it is listed always, so that lists are the same for every client.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use capstan_engine::Engine;
use capstan_plan::{AsyncPolicy, FlowId, Mcp, Target, TaskUse, Tool};
use rmcp::model::{ResourceTemplate, Tool as Listed, ToolAnnotations};
use serde_json::{Map, Value, json};

use super::uri;
use crate::adapter::job;

/// What every URI of a result begins with.
pub(super) const BASE: &str = "capstan://jobs/";

/// The longest name of a tool.
const LONGEST: usize = 64;

/// A tool whose answer takes long.
#[derive(Debug)]
pub(super) struct JobTool {
    pub(super) flow: FlowId,
    pub(super) policy: AsyncPolicy,
    /// The tool that gives its result later.
    pub(super) companion: Box<str>,
}

impl JobTool {
    /// Whether clients that know tasks get one.
    pub(super) fn takes_tasks(&self) -> bool {
        self.policy.task == TaskUse::Auto
    }

    /// How long a client waits that knows nothing but waiting.
    pub(super) fn budget(&self) -> Duration {
        Duration::from_millis(self.policy.budget_ms)
    }
}

/// The tools of a server whose answers take long.
#[derive(Debug, Default)]
pub(super) struct JobTools {
    /// By position in the plan.
    tools: HashMap<usize, JobTool>,
    /// Positions in the plan, by the name of the companion.
    companions: HashMap<Box<str>, usize>,
}

impl JobTools {
    /// Those of an MCP server.
    pub(super) fn of(mcp: &Mcp, engine: &Engine) -> Self {
        let mut names: HashSet<Box<str>> = mcp.tools.iter().map(|tool| tool.unit.name.clone()).collect();
        let mut jobs = Self::default();
        for (at, tool) in mcp.tools.iter().enumerate() {
            let Target::Flow(flow) = tool.unit.target else { continue };
            if !engine.is_job(flow) {
                continue;
            }
            let companion = free(&tool.unit.name, &names);
            names.insert(companion.clone());
            jobs.companions.insert(companion.clone(), at);
            jobs.tools.insert(at, JobTool { flow, policy: job::policy(&tool.unit), companion });
        }
        jobs
    }

    /// The one at this position in the plan.
    pub(super) fn at(&self, at: usize) -> Option<&JobTool> {
        self.tools.get(&at)
    }

    /// The position in the plan of the tool that a companion belongs to.
    pub(super) fn companion(&self, name: &str) -> Option<usize> {
        self.companions.get(name).copied()
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    /// Whether any gives tasks to clients that know them.
    pub(super) fn take_tasks(&self) -> bool {
        self.tools.values().any(JobTool::takes_tasks)
    }
}

/// A name for the companion that no other tool has.
fn free(tool: &str, taken: &HashSet<Box<str>>) -> Box<str> {
    let named = |suffix: &str| {
        let end = tool.floor_char_boundary(LONGEST.saturating_sub(suffix.len()).min(tool.len()));
        format!("{}{suffix}", tool.get(..end).unwrap_or(tool))
    };
    let mut suffix = "-result".to_owned();
    for count in 2.. {
        let name = named(&suffix);
        if !taken.contains(&*name) {
            return name.into();
        }
        suffix = format!("-result-{count}");
    }
    named(&suffix).into()
}

/// A tool that gives the result of another one later.
pub(super) fn listed(tool: &Tool, of: &JobTool) -> Listed {
    let name = &tool.unit.name;
    let input = json!({
        "type": "object",
        "properties": {"job": {"type": "string", "description": format!("What `{name}` answered with as `job`.")}},
        "required": ["job"],
        "additionalProperties": false,
    });
    let description = format!(
        "Gives the result of a call of `{name}` that was answered with `status: running`, and waits a while for it. When it is still running, call this again after `retryAfterMs`."
    );
    let input = input.as_object().cloned().unwrap_or_default();
    let mut listed = Listed::new_with_raw(String::from(&*of.companion), Some(description.into()), Arc::new(input));
    listed.title = tool.unit.title.as_deref().map(|title| format!("{title}: result"));
    listed.output_schema = tool.output_schema.as_ref().map(|schema| Arc::new(or_running(schema.members())));
    let open_world = tool.annotations.open_world;
    listed.annotations =
        Some(ToolAnnotations::from_raw(listed.title.clone(), Some(true), Some(false), Some(true), open_world));
    listed
}

/// A resource template for the results of a tool.
pub(super) fn template(tool: &Tool, of: &JobTool) -> ResourceTemplate {
    let uri = format!("{BASE}{}/{{job}}", uri::encode(&tool.unit.name));
    let mut listed = ResourceTemplate::new(uri, &*of.companion);
    listed.description = Some(format!("The result of a call of `{}`, as it came.", tool.unit.name));
    listed
}

/// Where a result is read.
pub(super) fn address(tool: &Tool, handle: &str) -> String {
    format!("{BASE}{}/{handle}", uri::encode(&tool.unit.name))
}

/// An output schema that the answer with a handle satisfies too: nothing is required any more.
pub(super) fn or_running(mut schema: Map<String, Value>) -> Map<String, Value> {
    schema.remove("required");
    let properties = schema.entry("properties").or_insert_with(|| json!({}));
    if let Some(properties) = properties.as_object_mut() {
        let more = [
            ("status", json!({"type": "string", "description": "`running` or `queued` while there is no result."})),
            ("job", json!({"type": "string", "description": "With which the result is asked for later."})),
            ("retryAfterMs", json!({"type": "integer", "description": "When to ask for it."})),
        ];
        for (name, described) in more {
            match properties.get_mut(name) {
                // A result's own member of that name may be anything else.
                Some(known) => *known = json!({}),
                None => drop(properties.insert(name.to_owned(), described)),
            }
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companions_have_names_of_their_own() {
        let taken = |names: &[&str]| names.iter().map(|name| Box::from(*name)).collect::<HashSet<Box<str>>>();
        assert_eq!(&*free("draw", &taken(&["draw"])), "draw-result");
        assert_eq!(&*free("draw", &taken(&["draw", "draw-result"])), "draw-result-2");
        let long = "x".repeat(64);
        let name = free(&long, &taken(&[&long]));
        assert!(name.len() == LONGEST && name.ends_with("x-result"), "{name}");
    }

    #[test]
    fn a_handle_satisfies_the_schema_of_the_result() {
        let schema = json!({"type": "object", "properties": {"status": {"const": "Ready"}, "url": {"type": "string"}}, "required": ["status", "url"]});
        let relaxed = or_running(schema.as_object().unwrap().clone());
        assert_eq!(relaxed.get("required"), None);
        assert_eq!(relaxed["properties"]["status"], json!({}));
        assert_eq!(relaxed["properties"]["url"], json!({"type": "string"}));
        assert_eq!(relaxed["properties"]["retryAfterMs"]["type"], "integer");
    }
}
