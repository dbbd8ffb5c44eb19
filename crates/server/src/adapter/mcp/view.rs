//! What one capability offers over MCP, laid out once per reload so that requests only look things up.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use capstan_engine::{Engine, Promise};
use capstan_plan as plan;
use rmcp::model::{
    CacheScope, Implementation, JsonObject, MetaObject, Prompt, PromptArgument, Resource, ResourceTemplate,
    ServerCapabilities, ServerConfig, TASKS_EXTENSION_ID, Tool, ToolAnnotations,
};
use serde_json::Value;

use super::{
    job_tools::{self, JobTool, JobTools},
    listing,
};
use crate::{
    capability::{exposed::Exposed, instance::Capability},
    metrics::Meter,
};

/// The key under which results of the stateless generation name the server.
const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

/// How long clients may cache lists when the author does not say: changes are pushed.
const TTL_MS: u64 = 60_000;

/// Which lists differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) tools: bool,
    pub(super) prompts: bool,
    pub(super) resources: bool,
}

impl Difference {
    /// Whether any does.
    pub(super) fn any(self) -> bool {
        self.tools || self.prompts || self.resources
    }
}

/// What one exposure of one capability offers.
#[derive(Debug)]
pub(super) struct View {
    pub(super) capability: Arc<Capability>,
    pub(super) plan: Arc<plan::Plan>,
    pub(super) engine: Arc<Engine>,
    exposure: usize,
    pub(super) info: ServerConfig,
    /// The `_meta` of every result of the stateless generation.
    pub(super) meta: MetaObject,
    pub(super) tools: Vec<Tool>,
    by_name: HashMap<Box<str>, usize>,
    /// The tools whose answers take long.
    jobs: JobTools,
    /// Which tools give their result at once and have no argument that a header repeats.
    direct: Box<[bool]>,
    /// What is counted of each tool.
    meters: Box<[Option<Arc<Meter>>]>,
    /// What the author of each tool promises of its answers.
    promises: Box<[Option<Promise>]>,
    /// Arguments that would do, made when the first call is refused.
    examples: Box<[OnceLock<Option<Value>>]>,
    pub(super) resources: Vec<Resource>,
    pub(super) templates: Vec<ResourceTemplate>,
    pub(super) prompts: Vec<Prompt>,
    pub(super) ttl_ms: u64,
    pub(super) scope: CacheScope,
    /// The same for what is read, when the author says so.
    pub(super) reads: Option<(u64, CacheScope)>,
}

impl View {
    /// The view of the exposure with that key; none when it is not there, is no MCP server or does not run.
    pub(super) fn new(capability: &Arc<Capability>, key: &str) -> Option<Self> {
        let (plan, engine) = (capability.plan()?.clone(), capability.engine()?.clone());
        let index = capability.exposures().position(|(k, _)| **k == *key)?;
        let exposure = plan.exposures.get(index)?;
        let plan::ExposureKind::Mcp(mcp) = &exposure.kind else { return None };

        let mut by_name = HashMap::with_capacity(mcp.tools.len());
        for (at, tool) in mcp.tools.iter().enumerate() {
            by_name.entry(tool.unit.name.clone()).or_insert(at);
        }
        let jobs = JobTools::of(mcp, &engine);
        let info = info(&plan, exposure, mcp, &jobs);
        let server = serde_json::to_value(&info.server_info).unwrap_or_default();
        let meta = MetaObject([(SERVER_INFO.to_owned(), server)].into_iter().collect());
        let public = CacheScope::Public;
        let (ttl_ms, scope) = match mcp.ttl_ms {
            Some(ttl) => (ttl, if mcp.cache_public { public } else { CacheScope::Private }),
            // Lists are the same for everyone, but who must prove himself to see one does not want it shared.
            None if mcp.cache_public || exposure.authenticator.is_none() => (TTL_MS, public),
            None => (TTL_MS, CacheScope::Private),
        };
        let view = Self {
            resources: listing::listing(&mcp.resources, engine.files()),
            templates: templates(mcp, &jobs),
            prompts: mcp.prompts.iter().map(prompt).collect(),
            tools: tools(mcp, &jobs),
            direct: mcp
                .tools
                .iter()
                .enumerate()
                .map(|(at, tool)| jobs.at(at).is_none() && !is_mirrored(tool))
                .collect(),
            examples: mcp.tools.iter().map(|_| OnceLock::new()).collect(),
            promises: mcp.tools.iter().map(promise).collect(),
            meters: mcp.tools.iter().map(|tool| capability.meter("mcp", &tool.unit.name)).collect(),
            reads: mcp.ttl_ms.map(|ttl| (ttl, scope)),
            capability: capability.clone(),
            exposure: index,
            engine,
            info,
            meta,
            by_name,
            jobs,
            ttl_ms,
            scope,
            plan: plan.clone(),
        };
        Some(view)
    }

    /// What the author wrote.
    pub(super) fn mcp(&self) -> Option<&plan::Mcp> {
        match &self.plan.exposures.get(self.exposure)?.kind {
            plan::ExposureKind::Mcp(mcp) => Some(mcp),
            _ => None,
        }
    }

    /// The namespace of the exposure.
    pub(super) fn namespace(&self) -> &str {
        self.plan.exposures.get(self.exposure).map_or("", |exposure| &exposure.namespace)
    }

    /// A tool as the plan has it.
    pub(super) fn tool(&self, name: &str) -> Option<&plan::Tool> {
        self.mcp()?.tools.get(*self.by_name.get(name)?)
    }

    /// The same, when a call of it takes nothing but its arguments and gives nothing but its result.
    pub(super) fn direct(&self, name: &str) -> Option<&plan::Tool> {
        let at = *self.by_name.get(name)?;
        self.mcp()?.tools.get(at).filter(|_| self.direct.get(at).is_some_and(|direct| *direct))
    }

    /// The exposure it is the view of.
    pub(super) fn exposed(&self) -> Exposed {
        Exposed { capability: self.capability.clone(), index: self.exposure }
    }

    /// What is offered for a tool whose answer takes long.
    pub(super) fn job(&self, tool: &plan::Tool) -> Option<&JobTool> {
        self.jobs.at(*self.by_name.get(&tool.unit.name)?)
    }

    /// The tool whose result another tool of this name gives later.
    pub(super) fn companion(&self, name: &str) -> Option<(&plan::Tool, &JobTool)> {
        let at = self.jobs.companion(name)?;
        Some((self.mcp()?.tools.get(at)?, self.jobs.at(at)?))
    }

    /// Every tool whose answer takes long.
    pub(super) fn job_tools(&self) -> impl Iterator<Item = (&plan::Tool, &JobTool)> {
        let tools = self.mcp().map(|mcp| &*mcp.tools).unwrap_or_default();
        tools.iter().enumerate().filter_map(|(at, tool)| Some((tool, self.jobs.at(at)?)))
    }

    /// What is counted of a tool.
    pub(super) fn meter(&self, name: &str) -> Option<Arc<Meter>> {
        self.meters.get(*self.by_name.get(name)?)?.clone()
    }

    /// What the author of a tool promises of its answers.
    pub(super) fn promise(&self, name: &str) -> Option<&Promise> {
        self.promises.get(*self.by_name.get(name)?)?.as_ref()
    }

    /// Arguments of a tool that would do, where some can be made.
    pub(super) fn example(&self, name: &str) -> Option<&Value> {
        let at = *self.by_name.get(name)?;
        let make = || capstan_engine::example(&self.mcp()?.tools.get(at)?.input_schema);
        self.examples.get(at)?.get_or_init(make).as_ref()
    }

    /// A tool as clients see it.
    pub(super) fn listed(&self, name: &str) -> Option<&Tool> {
        match self.by_name.get(name) {
            Some(at) => self.tools.get(*at),
            // Rare, and few.
            None => self.tools.iter().find(|tool| tool.name == name),
        }
    }

    /// Which lists are not what they were in `before`.
    pub(super) fn difference(&self, before: &Self) -> Difference {
        Difference {
            tools: self.tools != before.tools,
            prompts: self.prompts != before.prompts,
            resources: self.resources != before.resources || self.templates != before.templates,
        }
    }
}

fn info(plan: &plan::Plan, exposure: &plan::Exposure, mcp: &plan::Mcp, jobs: &JobTools) -> ServerConfig {
    let mut capabilities = ServerCapabilities::default();
    let only_others = mcp.tools.is_empty() && !(mcp.prompts.is_empty() && mcp.resources.is_empty());
    if !only_others {
        capabilities.tools.get_or_insert_default().list_changed = Some(true);
    }
    if !mcp.resources.is_empty() || !jobs.is_empty() {
        capabilities.resources.get_or_insert_default().list_changed = Some(true);
    }
    if !mcp.prompts.is_empty() {
        capabilities.prompts.get_or_insert_default().list_changed = Some(true);
        capabilities.completions = Some(serde_json::Map::new());
    }
    if jobs.take_tasks() {
        let extensions = capabilities.extensions.get_or_insert_default();
        extensions.insert(TASKS_EXTENSION_ID.to_owned(), JsonObject::new());
    }
    let version = plan.info.version.as_deref().unwrap_or("unspecified");
    let mut server = Implementation::new(&*exposure.namespace, version);
    server.title = (!plan.info.label.is_empty()).then(|| (*plan.info.label).into());
    let mut info = ServerConfig::new(capabilities).with_server_info(server);
    info.instructions = exposure.description.as_deref().map(Into::into);
    info
}

/// The tools of the document, then those that give results later.
fn tools(mcp: &plan::Mcp, jobs: &JobTools) -> Vec<Tool> {
    let mut tools: Vec<Tool> = mcp.tools.iter().map(tool).collect();
    for (at, planned) in mcp.tools.iter().enumerate() {
        let Some(of) = jobs.at(at) else { continue };
        if let Some(tool) = tools.get_mut(at) {
            let schema = tool.output_schema.as_ref().map(|schema| JsonObject::clone(schema));
            tool.output_schema = schema.map(|schema| Arc::new(job_tools::or_running(schema)));
        }
        tools.push(job_tools::listed(planned, of));
    }
    tools
}

/// The resource templates of the document, then those of results.
fn templates(mcp: &plan::Mcp, jobs: &JobTools) -> Vec<ResourceTemplate> {
    let declared = mcp.resources.iter().filter(|resource| resource.uri.contains('{')).map(template);
    let tools = mcp.tools.iter().enumerate();
    declared.chain(tools.filter_map(|(at, tool)| Some(job_tools::template(tool, jobs.at(at)?)))).collect()
}

fn tool(tool: &plan::Tool) -> Tool {
    let unit = &tool.unit;
    let description = unit.description.as_deref().map(|text| text.to_owned().into());
    let mut listed = Tool::new_with_raw(String::from(&*unit.name), description, Arc::new(tool.input_schema.members()));
    listed.title = unit.title.as_deref().map(Into::into);
    listed.output_schema = tool.output_schema.as_ref().map(|schema| Arc::new(schema.members()));
    let hints = tool.annotations;
    if hints != plan::Annotations::default() {
        listed.annotations = Some(ToolAnnotations::from_raw(
            listed.title.clone(),
            hints.read_only,
            hints.destructive,
            hints.idempotent,
            hints.open_world,
        ));
    }
    listed
}

/// Whether the schema of a tool may ask for arguments to be repeated in headers (SEP-2243).
fn is_mirrored(tool: &plan::Tool) -> bool {
    Value::Object(tool.input_schema.members()).to_string().contains("x-mcp-header")
}

fn promise(tool: &plan::Tool) -> Option<Promise> {
    let promised = tool.output_schema.as_ref().filter(|_| tool.structured == plan::Structured::Promised)?;
    Some(Promise::new(promised.members().into()))
}

fn template(resource: &plan::Resource) -> ResourceTemplate {
    let mut listed = ResourceTemplate::new(&*resource.uri, &*resource.name);
    listed.title = resource.title.as_deref().map(Into::into);
    listed.description = resource.description.as_deref().map(Into::into);
    listed.mime_type = resource.mime_type.as_deref().map(Into::into);
    listed
}

fn prompt(prompt: &plan::Prompt) -> Prompt {
    let arguments: Vec<_> = prompt.arguments.iter().map(argument).collect();
    let arguments = (!arguments.is_empty()).then_some(arguments);
    let mut listed = Prompt::new(&*prompt.name, prompt.description.as_deref(), arguments);
    listed.title = prompt.title.as_deref().map(Into::into);
    listed
}

fn argument(argument: &plan::PromptArgument) -> PromptArgument {
    let mut listed = PromptArgument::new(&*argument.name).with_required(argument.required);
    listed.title = argument.title.as_deref().map(Into::into);
    listed.description = argument.description.as_deref().map(Into::into);
    listed
}
