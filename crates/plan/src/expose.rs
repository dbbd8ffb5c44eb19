//! What is served: exposures with their routes, tools, resources, prompts and skills.

use std::sync::Arc;

use http::{HeaderName, Method};
use serde_json::Value;

use crate::{AsyncPolicy, Authenticator, ClientId, FileId, FlowId, Origin, Pattern, Prompt, Schema, SlotId};

/// One adapter a document asks for.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// Its namespace (`<file stem>-<type>` when the author gives none).
    pub namespace: Box<str>,
    /// Prose, shown to clients.
    pub description: Option<Box<str>>,
    /// Where it wants to listen.
    pub listen: Listen,
    /// How callers prove themselves.
    pub authenticator: Option<Authenticator>,
    /// What it serves.
    pub kind: ExposureKind,
    /// Where it is declared.
    pub origin: Origin,
}

/// Where an exposure wants to listen.
#[derive(Clone, Debug, Default)]
pub struct Listen {
    /// A host name or IP address; loopback when absent.
    pub address: Option<Box<str>>,
    /// A TCP port; without one it is served by a gateway alone.
    pub port: Option<u16>,
    /// Any free port will do where there is none: nobody had to write one.
    pub assigned: bool,
    /// Where the port is declared.
    pub origin: Option<Origin>,
}

/// The kinds of exposure.
#[derive(Clone, Debug)]
pub enum ExposureKind {
    /// A REST API.
    Rest(Rest),
    /// An MCP server.
    Mcp(Mcp),
    /// An Agent Skills catalogue.
    Skill(SkillAdapter),
    /// The control plane.
    Control(Control),
}

impl ExposureKind {
    /// Its name, as documents and listings have it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Rest(_) => "rest",
            Self::Mcp(_) => "mcp",
            Self::Skill(_) => "skill",
            Self::Control(_) => "control",
        }
    }

    /// What callers of it can name, in document order.
    #[must_use]
    pub fn units(&self) -> Vec<UnitRef<'_>> {
        match self {
            Self::Rest(rest) => rest.routes.iter().map(UnitRef::Operation).collect(),
            Self::Mcp(mcp) => {
                let tools = mcp.tools.iter().map(UnitRef::Tool);
                let prompts = mcp.prompts.iter().map(UnitRef::Prompt);
                tools.chain(prompts).chain(mcp.resources.iter().map(UnitRef::Resource)).collect()
            }
            Self::Skill(adapter) => adapter.skills.iter().map(UnitRef::Skill).collect(),
            Self::Control(_) => Vec::new(),
        }
    }
}

/// One thing callers of an exposure can name, whatever the exposure's kind.
#[derive(Clone, Copy, Debug)]
pub enum UnitRef<'p> {
    /// An operation at a path.
    Operation(&'p Route),
    /// A tool.
    Tool(&'p Tool),
    /// A prompt.
    Prompt(&'p Prompt),
    /// A resource or resource template.
    Resource(&'p Resource),
    /// A skill.
    Skill(&'p Skill),
}

impl<'p> UnitRef<'p> {
    /// What is called, when it is something that is called.
    #[must_use]
    pub fn unit(self) -> Option<&'p Unit> {
        match self {
            Self::Operation(route) => Some(&route.unit),
            Self::Tool(tool) => Some(&tool.unit),
            Self::Prompt(_) | Self::Resource(_) | Self::Skill(_) => None,
        }
    }
}

/// A REST API.
#[derive(Clone, Debug, Default)]
pub struct Rest {
    /// Its routes in document order.
    pub routes: Box<[Route]>,
}

/// One exposed REST operation.
#[derive(Clone, Debug)]
pub struct Route {
    /// The method; `None` answers every method (`forward`).
    pub method: Option<Method>,
    /// The path.
    pub pattern: Pattern,
    /// Query pairs the request must carry (rule E3).
    pub query: Box<[(Box<str>, Box<str>)]>,
    /// What is called.
    pub unit: Unit,
    /// Where each input is looked up in the request.
    pub inputs: Box<[RouteInput]>,
    /// What its answers look like, when somebody says: callers rely on it, and nothing enforces it.
    pub answer: Option<Schema>,
    /// Names whose values the capability gives itself: what a caller gives for one is of no effect.
    pub fixed: Box<[Box<str>]>,
}

/// Where a route finds one input.
#[derive(Clone, Debug)]
pub struct RouteInput {
    /// The slot it fills.
    pub slot: SlotId,
    /// The places in order; the first that has a value wins.
    pub places: Box<[Place]>,
}

/// A top-level field of the body that an input takes where it stands nowhere else in the request.
#[derive(Clone, Debug)]
pub struct TakenField {
    /// Its name.
    pub name: Box<str>,
    /// Places looked at before the body: a value there is the input's, and the field stays in the body.
    pub unless: Box<[Place]>,
}

/// A place in an HTTP request.
#[derive(Clone, Debug)]
pub enum Place {
    /// A path placeholder.
    Path(Arc<str>),
    /// A query parameter; several give a list.
    Query(Arc<str>),
    /// Query parameters `name[key]`, which are an object.
    DeepQuery(Arc<str>),
    /// Query parameters that are the members of an object.
    QueryMembers(Box<[Arc<str>]>),
    /// A top-level field of a JSON or form body.
    Field(Arc<str>),
    /// A header.
    Header(Box<HeaderName>),
    /// A cookie.
    Cookie(Arc<str>),
    /// The body as it came, without the named top-level JSON fields.
    Body {
        /// Fields other inputs took.
        minus: Box<[TakenField]>,
    },
    /// Something inside the JSON body.
    BodyPath(Box<crate::Selector>),
    /// A process environment variable (`in: environment`).
    Environment(crate::BindingId),
    /// The whole request as an object for mocks: `method`, `path`, `headers`, `query`, `path_params`, `body`.
    Request,
}

/// One callable thing and whether it can be called.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Its name.
    pub name: Box<str>,
    /// A title for people.
    pub title: Option<Box<str>>,
    /// Prose for people and models.
    pub description: Option<Box<str>>,
    /// What runs.
    pub target: Target,
    /// Whether it runs as declared or by interpretation.
    pub reading: Reading,
    /// How it behaves where its answer takes long, when the author says something of it; else the defaults hold.
    pub policy: Option<Box<AsyncPolicy>>,
    /// The upstream method and URL as text, for listings.
    pub upstream: Option<Box<str>>,
    /// Where it is declared.
    pub origin: Origin,
}

/// How a unit was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As declared, without interpretation.
    Declared,
    /// With at least one rule of the wild dialect.
    Interpreted,
}

/// What a unit runs.
#[derive(Clone, Debug)]
pub enum Target {
    /// A flow of the plan.
    Flow(FlowId),
    /// A transparent proxy.
    Forward(Forward),
    /// Nothing: it stays listed and answers 501 or `isError`.
    Unavailable(Unavailable),
}

/// Why a unit cannot be called.
#[derive(Clone, Debug)]
pub struct Unavailable {
    /// The diagnostic's code.
    pub code: Box<str>,
    /// The diagnostic's message.
    pub message: Box<str>,
    /// Where.
    pub origin: Origin,
}

/// A transparent proxy to a consumed API.
#[derive(Clone, Debug)]
pub struct Forward {
    /// The API.
    pub client: ClientId,
    /// The placeholder appended to the base URI, when the route has one.
    pub rest: Option<Box<str>>,
    /// Request headers passed on.
    pub trusted_headers: Box<[HeaderName]>,
    /// The request as the client's parameters make it (no path, no body).
    pub request: Box<crate::Request>,
    /// How many slots its frame has.
    pub slots: u32,
    /// Every binding that must have a value before anything is sent.
    pub bindings: Box<[crate::BindingId]>,
}

/// How an MCP server is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// Streamable HTTP.
    #[default]
    Http,
    /// Standard input and output, on request.
    Stdio,
}

/// An MCP server.
#[derive(Clone, Debug, Default)]
pub struct Mcp {
    /// How it is reached.
    pub transport: Transport,
    /// Tools in document order.
    pub tools: Box<[Tool]>,
    /// Resources and resource templates in document order.
    pub resources: Box<[Resource]>,
    /// Prompts in document order.
    pub prompts: Box<[Prompt]>,
    /// How long clients may cache lists, in milliseconds.
    pub ttl_ms: Option<u64>,
    /// Whether lists may be cached across users (`cacheScope: public`).
    pub cache_public: bool,
}

/// One MCP tool.
#[derive(Clone, Debug)]
pub struct Tool {
    /// What is called.
    pub unit: Unit,
    /// The input contract shown to clients; the root is always a plain object schema.
    pub input_schema: Schema,
    /// The contract of `structuredContent`, when it is known.
    pub output_schema: Option<Schema>,
    /// How an answer comes to satisfy that contract.
    pub structured: Structured,
    /// Behaviour hints.
    pub annotations: Annotations,
    /// Which argument fills which slot.
    pub arguments: Box<[(Box<str>, SlotId)]>,
    /// The slot that takes the remaining arguments as one object.
    pub body: Option<FlatBody>,
    /// Names whose values the capability gives itself: what a caller gives for one is of no effect.
    pub fixed: Box<[Box<str>]>,
}

/// How an answer becomes the `structuredContent` of a tool that has an output schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Structured {
    /// The author wrote the schema, and an answer that does not satisfy it is an error. What is no object stands under `result`.
    #[default]
    Promised,
    /// The schema was derived, and the answer, an object, is made to fit.
    Object,
    /// The same, but all of the answer stands under `result`.
    Result,
}

/// How arguments become a request body: a sole argument `body`, else an object of all arguments nothing else claims.
#[derive(Clone, Debug)]
pub struct FlatBody {
    /// The slot it fills.
    pub slot: SlotId,
    /// The argument that carries the whole body.
    pub argument: Box<str>,
    /// What becomes of arguments that are not shown.
    pub more: More,
}

/// What becomes of fields of a body that its schema does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum More {
    /// There are none: the schema closes the object.
    Refused,
    /// The schema does not say: they are sent, but what is surely a slip of a known name is refused.
    Unsaid,
    /// The schema opens the object: they are sent.
    Sent,
}

/// Behaviour hints of a tool; absent ones are not sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Annotations {
    /// It changes nothing.
    pub read_only: Option<bool>,
    /// It may destroy something.
    pub destructive: Option<bool>,
    /// Calling it twice is calling it once.
    pub idempotent: Option<bool>,
    /// It reaches an open set of things outside.
    pub open_world: Option<bool>,
}

/// An MCP resource or resource template.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its name.
    pub name: Box<str>,
    /// A title for people.
    pub title: Option<Box<str>>,
    /// Prose.
    pub description: Option<Box<str>>,
    /// Its URI, or URI template when it has placeholders.
    pub uri: Box<str>,
    /// Its media type, when stated.
    pub mime_type: Option<Box<str>>,
    /// Where its content comes from.
    pub source: ContentSource,
    /// Where it is declared.
    pub origin: Origin,
}

/// Where a resource's content comes from.
#[derive(Clone, Debug)]
pub enum ContentSource {
    /// The files of a folder.
    Folder(FileId),
    /// A flow, filled from the URI template's placeholders.
    Flow {
        /// What runs.
        target: Target,
        /// Which placeholder fills which slot.
        arguments: Box<[(Box<str>, SlotId)]>,
    },
}

/// An Agent Skills catalogue.
#[derive(Clone, Debug, Default)]
pub struct SkillAdapter {
    /// Its skills in document order.
    pub skills: Box<[Skill]>,
}

/// One skill.
#[derive(Clone, Debug)]
pub struct Skill {
    /// Its name.
    pub name: Box<str>,
    /// What it does and when to use it.
    pub description: Box<str>,
    /// Further front matter in document order (`license`, `compatibility`, `allowed-tools`, ...).
    pub matter: Box<[(Box<str>, Value)]>,
    /// The folder with its files.
    pub location: Option<FileId>,
    /// Its tools.
    pub tools: Box<[SkillTool]>,
    /// Where it is declared.
    pub origin: Origin,
}

/// One tool of a skill.
#[derive(Clone, Debug)]
pub struct SkillTool {
    /// Its name.
    pub name: Box<str>,
    /// Prose.
    pub description: Box<str>,
    /// What it stands for.
    pub kind: SkillToolKind,
}

/// What a skill's tool stands for.
#[derive(Clone, Debug)]
pub enum SkillToolKind {
    /// A unit of a sibling adapter.
    Derived {
        /// The adapter's namespace.
        namespace: Box<str>,
        /// The operation or tool.
        action: Box<str>,
        /// The adapter's kind.
        mode: SiblingKind,
    },
    /// A file of the skill.
    Instruction(Box<str>),
}

/// The kinds of adapter a skill's tool can come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiblingKind {
    /// A REST API.
    Rest,
    /// An MCP server.
    Mcp,
}

impl SiblingKind {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Mcp => "mcp",
        }
    }
}

/// The control plane an author declares.
#[derive(Clone, Debug, Default)]
pub struct Control {
    /// Serve `/health/*`.
    pub health: bool,
    /// Serve `/status`.
    pub info: bool,
    /// Serve `POST /config/reload`.
    pub reload: bool,
    /// Serve `POST /config/validate`.
    pub validate: bool,
    /// Serve `/metrics`.
    pub metrics: bool,
}
