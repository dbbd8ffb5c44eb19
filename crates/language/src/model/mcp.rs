//! What an MCP adapter offers: tools, resources and prompts.

use capstan_plan::PromptRole;

use super::UnitDecl;
use crate::source::{Span, Spanned};

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
    pub(crate) messages: Vec<(PromptRole, Spanned<&'d str>)>,
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
