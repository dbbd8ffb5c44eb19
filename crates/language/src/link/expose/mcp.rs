//! MCP exposures: tools, resources and prompts in document order.

use std::collections::HashMap;

use capstan_plan::{
    ContentSource, FileUse, Mcp, Prompt, PromptArgument, PromptContent, PromptMessage, PromptText, Resource, Target,
    Transport,
};

use super::{
    super::{
        call::Ordinal,
        caller::{Caller, Kind},
        context::Context,
        linking::Linking,
        unit,
    },
    Ordinals, is_portable, tool,
};
use crate::{
    diagnostic::{Code, Sink},
    model::{Expose, McpDecl, McpResourceDecl, PromptDecl},
};

/// Links an MCP exposure.
pub(super) fn mcp<'d>(
    context: &mut Context<'_, 'd>,
    expose: &Expose<'d>,
    namespace: &str,
    decl: &McpDecl<'d>,
    sink: &mut Sink,
) -> Mcp {
    let mut ordinals = Ordinals::count(decl.tools.iter());
    let mut names: HashMap<String, usize> = HashMap::new();
    let mut tools = Vec::new();
    let max_binary = expose.max_binary;
    for (at, tool_decl) in decl.tools.iter().enumerate() {
        let ordinal = ordinals.next(tool_decl);
        let Some(written) = tool_decl
            .name
            .map(|n| n.value.to_owned())
            .or_else(|| Some(tool_decl.reference?.value.rsplit('.').next()?.to_owned()))
        else {
            sink.error(Code::MissingKey, tool_decl.span, "a tool needs a `name`")
                .help("add one")
                .path(&tool_decl.key_path);
            continue;
        };
        let count = names.entry(written.clone()).or_default();
        *count += 1;
        let name = if *count == 1 { written.clone() } else { format!("{written}-{count}") };
        let mut rules = Vec::new();
        if *count > 1 {
            rules.push((
                Code::DupTool,
                tool_decl.span,
                format!("another tool is called `{written}`: this one is `{name}`"),
            ));
        }
        if tool_decl.inline_callee {
            rules.push((Code::ToolServer, tool_decl.span, "the tool carries its callee inline".to_owned()));
        }
        if !is_portable(&name) {
            sink.warning(
                Code::NameNotPortable,
                tool_decl.span,
                format!("many model APIs refuse the tool name `{name}`"),
            )
            .help("use at most 64 letters, digits, `_` and `-`")
            .unit(name.clone())
            .path(&tool_decl.key_path);
        }
        let tool = tool::tool(context, (namespace, max_binary), tool_decl, &name, rules, ordinal, sink);
        let last = at + 1 == decl.tools.len() && context.spec.exposes.last().is_some_and(|e| std::ptr::eq(e, expose));
        if context.spec.truncated && last && matches!(tool.unit.target, Target::Unavailable(_)) {
            continue;
        }
        tools.push(tool);
    }
    let resources = decl.resources.iter().filter_map(|r| resource(context, namespace, r, sink)).collect();
    let prompts = decl.prompts.iter().filter_map(|p| prompt(context, p, sink)).collect();
    Mcp {
        transport: if decl.stdio { Transport::Stdio } else { Transport::Http },
        tools: tools.into_boxed_slice(),
        resources,
        prompts,
        ttl_ms: decl.ttl_ms,
        cache_public: decl.cache_public,
    }
}

fn resource<'d>(
    context: &mut Context<'_, 'd>,
    namespace: &str,
    decl: &McpResourceDecl<'d>,
    sink: &mut Sink,
) -> Option<Resource> {
    let name = decl.unit.name.map_or(decl.uri.value, |n| n.value).to_owned();
    let origin = context.origins.at(decl.unit.span);
    let source = match decl.location {
        Some(location) => ContentSource::Folder(context.file(location, FileUse::Folder, sink).ok()?),
        None => {
            let mut linking = Linking::new(Caller::new(Kind::Mcp, namespace));
            let inputs = &mut linking.derived.inputs;
            inputs.placeholders(&placeholders(decl.uri.value), decl.uri.span);
            inputs.declare(&decl.unit.params);
            let description = decl.unit.description;
            let linked = unit::unit(context, linking, &decl.unit, &name, description, Ordinal::default(), sink);
            let arguments = linked
                .inputs
                .drafts
                .iter()
                .filter(|d| d.placeholder.is_some())
                .map(|d| (d.placeholder.as_deref().unwrap_or_default().into(), d.slot))
                .collect();
            ContentSource::Flow { target: linked.unit.target, arguments }
        }
    };
    Some(Resource {
        name: name.into(),
        title: decl.unit.title.map(Into::into),
        description: decl.unit.description.map(Into::into),
        uri: decl.uri.value.into(),
        mime_type: decl.mime_type.map(Into::into).or_else(|| decl.binary.then(|| "application/octet-stream".into())),
        source,
        origin,
    })
}

/// `{name}` (and `{{name}}`) in a URI template.
fn placeholders(uri: &str) -> Vec<&str> {
    uri.split('{').skip(1).filter_map(|part| part.split('}').next()).map(str::trim).filter(|n| !n.is_empty()).collect()
}

fn prompt(context: &mut Context<'_, '_>, decl: &PromptDecl<'_>, sink: &mut Sink) -> Option<Prompt> {
    let content = match decl.location {
        Some(location) if decl.messages.is_empty() => {
            PromptContent::File(context.file(location, FileUse::Prompt, sink).ok()?)
        }
        _ => {
            if decl.messages.is_empty() {
                sink.error(Code::MissingKey, decl.span, "a prompt needs `template` or `location`")
                    .help("add `template: [{role: user, content: ...}]`");
            }
            PromptContent::Inline(
                decl.messages
                    .iter()
                    .map(|(role, text)| PromptMessage { role: *role, text: PromptText::parse(text.value) })
                    .collect(),
            )
        }
    };
    Some(Prompt {
        name: decl.name.value.into(),
        title: decl.title.map(Into::into),
        description: decl.description.map(Into::into),
        arguments: decl
            .arguments
            .iter()
            .map(|a| PromptArgument {
                name: a.name.into(),
                title: a.title.map(Into::into),
                description: a.description.map(Into::into),
                required: a.required,
                values: a.values.iter().map(|v| (*v).into()).collect(),
            })
            .collect(),
        content,
        origin: context.origins.at(decl.span),
    })
}
