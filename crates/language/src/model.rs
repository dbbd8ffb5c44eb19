//! The Spec: one model for all dialects. Leaves carry spans, names are still text, templates still uncompiled nodes.
//! Nothing here is resolved; that is `link`'s work.

use crate::{
    diagnostic::Code,
    document::Node,
    fields::KeyPath,
    source::{Span, Spanned},
};

/// A document as its author means it, before any name is resolved.
#[derive(Debug, Default)]
pub(crate) struct Spec<'d> {
    pub(crate) label: Option<&'d str>,
    pub(crate) description: Option<&'d str>,
    pub(crate) version: Option<&'d str>,
    pub(crate) tags: Vec<&'d str>,
    pub(crate) dialect: Option<(&'static str, &'d str)>,
    pub(crate) binds: Vec<Bind<'d>>,
    pub(crate) consumes: Vec<Consume<'d>>,
    pub(crate) exposes: Vec<Expose<'d>>,
    pub(crate) aggregates: Vec<Aggregate<'d>>,
    pub(crate) imports: Vec<Import<'d>>,
    pub(crate) sandbox: Option<SandboxDecl<'d>>,
    pub(crate) scripting: Scripting<'d>,
    pub(crate) truncated: bool,
}

/// An entry of `binds`.
#[derive(Debug)]
pub(crate) struct Bind<'d> {
    pub(crate) namespace: Option<Spanned<&'d str>>,
    pub(crate) location: Option<Spanned<&'d str>>,
    pub(crate) keys: Vec<(Spanned<&'d str>, Spanned<&'d str>)>,
}

/// A wish for parts of another document.
#[derive(Clone, Debug)]
pub(crate) struct Import<'d> {
    pub(crate) section: Section,
    pub(crate) location: Spanned<&'d str>,
    pub(crate) namespace: Option<Spanned<&'d str>>,
    pub(crate) alias: Option<Spanned<&'d str>>,
}

/// Which part of a document an import concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Consumes,
    Exposes,
    Aggregates,
    Binds,
}

/// A consumed API.
#[derive(Debug)]
pub(crate) struct Consume<'d> {
    pub(crate) namespace: Spanned<String>,
    pub(crate) base: Option<Spanned<&'d str>>,
    pub(crate) params: Vec<Param<'d>>,
    pub(crate) auth: Option<Auth<'d>>,
    pub(crate) operations: Vec<Operation<'d>>,
    pub(crate) openapi: Option<Spanned<&'d str>>,
    pub(crate) span: Span,
}

/// A consumed operation with its resource's path and parameters.
#[derive(Debug)]
pub(crate) struct Operation<'d> {
    pub(crate) name: Option<Spanned<&'d str>>,
    pub(crate) resource: Option<&'d str>,
    pub(crate) resource_path: Option<Spanned<&'d str>>,
    pub(crate) own_path: Option<Spanned<&'d str>>,
    pub(crate) method: Spanned<String>,
    pub(crate) description: Option<&'d str>,
    pub(crate) resource_params: Vec<Param<'d>>,
    pub(crate) params: Vec<Param<'d>>,
    pub(crate) body: Option<&'d Node>,
    pub(crate) format: Option<Spanned<&'d str>>,
    pub(crate) schema: Option<Spanned<&'d str>>,
    pub(crate) media_type: Option<&'d str>,
    pub(crate) max_binary: Option<&'d Node>,
    pub(crate) outputs: Vec<Output<'d>>,
    /// Declared in a mapping from names, the form only the standard has.
    pub(crate) keyed: bool,
    pub(crate) span: Span,
}

/// A parameter or input.
#[derive(Clone, Debug)]
pub(crate) struct Param<'d> {
    pub(crate) name: Spanned<&'d str>,
    pub(crate) place: Option<Spanned<&'d str>>,
    pub(crate) ty: Option<&'d str>,
    pub(crate) description: Option<&'d str>,
    pub(crate) required: Option<bool>,
    pub(crate) value: Option<&'d Node>,
    pub(crate) default: Option<&'d Node>,
    pub(crate) mapping: Option<Spanned<&'d str>>,
    /// The whole mapping, for schema keywords.
    pub(crate) node: &'d Node,
}

/// An output.
#[derive(Clone, Debug)]
pub(crate) struct Output<'d> {
    pub(crate) name: Option<Spanned<&'d str>>,
    pub(crate) node: &'d Node,
    pub(crate) path: KeyPath<'d>,
}

/// `authentication`, by field.
#[derive(Clone, Debug)]
pub(crate) struct Auth<'d> {
    pub(crate) kind: Option<Spanned<&'d str>>,
    pub(crate) fields: crate::fields::Fields<'d>,
    /// Where it is written as `auth`.
    pub(crate) short_key: Option<Span>,
}

/// An adapter.
#[derive(Debug)]
pub(crate) struct Expose<'d> {
    pub(crate) kind: ExposeKind<'d>,
    pub(crate) namespace: Option<Spanned<&'d str>>,
    pub(crate) port: Option<Spanned<i64>>,
    pub(crate) address: Option<Spanned<&'d str>>,
    pub(crate) description: Option<&'d str>,
    pub(crate) auth: Option<Auth<'d>>,
    pub(crate) max_binary: Option<&'d Node>,
    pub(crate) span: Span,
}

/// The kinds of adapter.
#[derive(Debug)]
pub(crate) enum ExposeKind<'d> {
    Rest { params: Vec<Param<'d>>, resources: Vec<ExposedResource<'d>> },
    Mcp(McpDecl<'d>),
    Skill(Vec<SkillDecl<'d>>),
    Control { health: bool, info: bool, reload: bool, validate: bool, metrics: bool },
}

/// An exposed resource.
#[derive(Debug)]
pub(crate) struct ExposedResource<'d> {
    pub(crate) path: Spanned<&'d str>,
    pub(crate) params: Vec<Param<'d>>,
    pub(crate) units: Vec<UnitDecl<'d>>,
    pub(crate) forward: Option<ForwardDecl<'d>>,
    /// Comes from `paths`.
    pub(crate) from_map: bool,
}

/// `forward`.
#[derive(Debug)]
pub(crate) struct ForwardDecl<'d> {
    pub(crate) target: Spanned<&'d str>,
    pub(crate) trusted: Vec<Spanned<&'d str>>,
    pub(crate) span: Span,
}

/// An MCP adapter.
#[derive(Debug, Default)]
pub(crate) struct McpDecl<'d> {
    pub(crate) stdio: bool,
    pub(crate) ttl_ms: Option<u64>,
    pub(crate) cache_public: bool,
    pub(crate) tools: Vec<UnitDecl<'d>>,
    pub(crate) resources: Vec<McpResourceDecl<'d>>,
    pub(crate) prompts: Vec<PromptDecl<'d>>,
}

/// One exposed operation, tool, resource or flow: whatever runs.
#[derive(Debug)]
pub(crate) struct UnitDecl<'d> {
    pub(crate) name: Option<Spanned<&'d str>>,
    pub(crate) title: Option<&'d str>,
    pub(crate) description: Option<&'d str>,
    pub(crate) method: Option<Spanned<String>>,
    pub(crate) path: Option<Spanned<&'d str>>,
    pub(crate) params: Vec<Param<'d>>,
    pub(crate) input_schema: Option<&'d Node>,
    pub(crate) output_schema: Option<&'d Node>,
    pub(crate) call: Option<Spanned<&'d str>>,
    pub(crate) with: Vec<(Spanned<&'d str>, &'d Node)>,
    /// `calls[].parameters`: values are `{x}` references.
    pub(crate) brace_with: bool,
    pub(crate) reference: Option<Spanned<&'d str>>,
    pub(crate) steps: Vec<StepDecl<'d>>,
    pub(crate) mappings: Vec<(Spanned<&'d str>, Spanned<&'d str>)>,
    pub(crate) outputs: Vec<Output<'d>>,
    pub(crate) hints: [Option<bool>; 4],
    pub(crate) semantics: Option<(Option<bool>, Option<bool>)>,
    pub(crate) mock: Option<&'d Node>,
    pub(crate) media_type: Option<&'d str>,
    pub(crate) server: Option<&'d Node>,
    /// Rules the reader applied already.
    pub(crate) rules: Vec<(Code, Span, String)>,
    pub(crate) span: Span,
    pub(crate) key_path: KeyPath<'d>,
}

/// An entry of `with`: a parameter of the callee and what it is given.
pub(crate) type WithDecl<'d> = (Spanned<&'d str>, &'d Node);

/// A step.
#[derive(Debug)]
pub(crate) struct StepDecl<'d> {
    pub(crate) name: Option<Spanned<&'d str>>,
    pub(crate) kind: StepDeclKind<'d>,
    pub(crate) span: Span,
    pub(crate) key_path: KeyPath<'d>,
}

/// The kinds of step.
#[derive(Debug)]
pub(crate) enum StepDeclKind<'d> {
    Call { call: Spanned<&'d str>, with: Vec<(Spanned<&'d str>, &'d Node)> },
    Lookup(LookupDecl<'d>),
    Script(ScriptDecl<'d>),
}

/// A step that finds entries of an earlier step's output.
#[derive(Debug)]
pub(crate) struct LookupDecl<'d> {
    pub(crate) index: Spanned<&'d str>,
    pub(crate) matches: Spanned<&'d str>,
    pub(crate) value: Spanned<&'d str>,
    pub(crate) fields: Vec<Spanned<&'d str>>,
}

/// A step that runs a script.
#[derive(Debug)]
pub(crate) struct ScriptDecl<'d> {
    pub(crate) language: Option<Spanned<&'d str>>,
    pub(crate) location: Option<Spanned<&'d str>>,
    pub(crate) file: Spanned<&'d str>,
    pub(crate) dependencies: Vec<Spanned<&'d str>>,
    pub(crate) with: Vec<WithDecl<'d>>,
}

/// `management.scripting`.
#[derive(Debug, Default)]
pub(crate) struct Scripting<'d> {
    pub(crate) disabled: Option<Span>,
    pub(crate) location: Option<Spanned<&'d str>>,
    pub(crate) language: Option<Spanned<&'d str>>,
    pub(crate) allowed: Vec<Spanned<&'d str>>,
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) statements: Option<u64>,
}

/// An aggregate.
#[derive(Debug)]
pub(crate) struct Aggregate<'d> {
    pub(crate) namespace: String,
    pub(crate) flows: Vec<UnitDecl<'d>>,
}

/// An MCP resource.
#[derive(Debug)]
pub(crate) struct McpResourceDecl<'d> {
    pub(crate) unit: UnitDecl<'d>,
    pub(crate) uri: Spanned<&'d str>,
    pub(crate) mime_type: Option<&'d str>,
    pub(crate) binary: bool,
    pub(crate) location: Option<Spanned<&'d str>>,
}

/// A prompt.
#[derive(Debug)]
pub(crate) struct PromptDecl<'d> {
    pub(crate) name: Spanned<&'d str>,
    pub(crate) title: Option<&'d str>,
    pub(crate) description: Option<&'d str>,
    pub(crate) arguments: Vec<PromptArgumentDecl<'d>>,
    pub(crate) messages: Vec<(&'d str, Spanned<&'d str>)>,
    pub(crate) location: Option<Spanned<&'d str>>,
    pub(crate) span: Span,
}

/// A prompt's argument.
#[derive(Debug)]
pub(crate) struct PromptArgumentDecl<'d> {
    pub(crate) name: &'d str,
    pub(crate) title: Option<&'d str>,
    pub(crate) description: Option<&'d str>,
    pub(crate) required: bool,
    pub(crate) values: Vec<&'d str>,
}

/// A skill.
#[derive(Debug)]
pub(crate) struct SkillDecl<'d> {
    pub(crate) name: Spanned<&'d str>,
    pub(crate) description: Option<&'d str>,
    pub(crate) matter: Vec<(&'static str, serde_json::Value)>,
    pub(crate) location: Option<Spanned<&'d str>>,
    pub(crate) tools: Vec<SkillToolDecl<'d>>,
    pub(crate) span: Span,
}

/// A skill's tool.
#[derive(Debug)]
pub(crate) struct SkillToolDecl<'d> {
    pub(crate) name: Spanned<&'d str>,
    pub(crate) description: Option<&'d str>,
    pub(crate) from: Option<(Spanned<&'d str>, Spanned<&'d str>)>,
    pub(crate) instruction: Option<Spanned<&'d str>>,
    pub(crate) call: Option<Spanned<&'d str>>,
}

/// `sandbox`.
#[derive(Debug)]
pub(crate) struct SandboxDecl<'d> {
    pub(crate) origins: Vec<Spanned<&'d str>>,
    pub(crate) values: Vec<(&'d str, String)>,
}
