//! Reads MCP adapters: tools, resources and prompts.

use capstan_plan::PromptRole;

use super::unit;
use crate::{
    diagnostic::Sink,
    fields::{Fields, Named},
    keys,
    model::{McpDecl, McpResourceDecl, PromptArgumentDecl, PromptDecl, UnitDecl},
};

/// Reads an MCP adapter.
pub(super) fn mcp<'d>(fields: &Fields<'d>, sink: &mut Sink) -> McpDecl<'d> {
    McpDecl {
        stdio: fields.word("transport", sink).is_some_and(|w| w.value == "stdio"),
        ttl_ms: fields.integer("ttlMs", sink).and_then(|n| u64::try_from(n.value).ok()),
        cache_public: fields.word("cacheScope", sink).is_some_and(|w| w.value == "public"),
        tools: tools(fields, sink),
        resources: fields.entries("resources", sink).iter().filter_map(|n| mcp_resource(n, sink)).collect(),
        prompts: fields.entries("prompts", sink).iter().filter_map(|n| prompt(n, sink)).collect(),
    }
}

/// The tools under `tools` of an adapter or a root.
pub(super) fn tools<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Vec<UnitDecl<'d>> {
    fields
        .entries("tools", sink)
        .iter()
        .filter_map(|named| {
            let fields = Fields::read_at(named.node, &keys::TOOL, named.path.clone(), sink)?;
            Some(unit::unit(named, &fields, sink))
        })
        .collect()
}

fn mcp_resource<'d>(named: &Named<'d>, sink: &mut Sink) -> Option<McpResourceDecl<'d>> {
    let fields = Fields::read_at(named.node, &keys::MCP_RESOURCE, named.path.clone(), sink)?;
    Some(McpResourceDecl {
        uri: fields.required_text("uri", sink)?,
        mime_type: fields.text("mimeType", sink).map(|t| t.value),
        binary: fields.boolean("binary", sink).is_some_and(|b| b.value),
        location: fields.text("location", sink),
        unit: unit::unit(named, &fields, sink),
    })
}

fn prompt<'d>(named: &Named<'d>, sink: &mut Sink) -> Option<PromptDecl<'d>> {
    let fields = Fields::read_at(named.node, &keys::PROMPT, named.path.clone(), sink)?;
    let name = match named.name {
        Some(name) => name,
        None => fields.required_text("name", sink)?,
    };
    let arguments = fields
        .entries("arguments", sink)
        .iter()
        .filter_map(|inner| {
            let fields = Fields::read_at(inner.node, &keys::PROMPT_ARGUMENT, inner.path.clone(), sink)?;
            Some(PromptArgumentDecl {
                name: inner.name.map(|n| n.value).or_else(|| fields.required_text("name", sink).map(|n| n.value))?,
                title: fields.text("label", sink).map(|t| t.value),
                description: fields.text("description", sink).map(|t| t.value),
                required: fields.boolean("required", sink).is_none_or(|b| b.value),
                values: fields.text_list("values", sink).into_iter().map(|t| t.value).collect(),
            })
        })
        .collect();
    let messages = fields
        .objects("template", &keys::PROMPT_MESSAGE, sink)
        .into_iter()
        .filter_map(|m| {
            if !m.has("role") {
                m.missing("role", sink);
            }
            let role = match m.word("role", sink)?.value {
                "assistant" => PromptRole::Assistant,
                _ => PromptRole::User,
            };
            Some((role, m.required_text("content", sink)?))
        })
        .collect();
    Some(PromptDecl {
        name,
        title: fields.text("label", sink).map(|t| t.value),
        description: fields.text("description", sink).map(|t| t.value),
        arguments,
        messages,
        location: fields.text("location", sink),
        span: name.span,
    })
}
