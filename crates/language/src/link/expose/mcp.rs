//! MCP exposures: tools, resources and prompts in document order.

use std::collections::HashMap;

use capstan_plan::{Mcp, Target, Tool, Transport};

use super::{
    super::{context::Context, rule::Rule},
    ordinals::Ordinals,
    prompt::prompt,
    resource::resource,
    tool,
};
use crate::{
    diagnostic::{Code, Sink},
    model::{Expose, McpDecl, UnitDecl},
};

/// Links an MCP exposure.
pub(super) fn mcp<'d>(
    context: &mut Context<'_, 'd>,
    expose: &Expose<'d>,
    namespace: &str,
    decl: &McpDecl<'d>,
    sink: &mut Sink,
) -> Mcp {
    Mcp {
        transport: if decl.stdio { Transport::Stdio } else { Transport::Http },
        tools: tools(context, expose, namespace, decl, sink),
        resources: decl.resources.iter().filter_map(|r| resource(context, namespace, r, sink)).collect(),
        prompts: decl.prompts.iter().filter_map(|p| prompt(context, p, sink)).collect(),
        ttl_ms: decl.ttl_ms,
        cache_public: decl.cache_public,
    }
}

fn tools<'d>(
    context: &mut Context<'_, 'd>,
    expose: &Expose<'d>,
    namespace: &str,
    decl: &McpDecl<'d>,
    sink: &mut Sink,
) -> Box<[Tool]> {
    let mut ordinals = Ordinals::count(decl.tools.iter());
    let mut taken = HashMap::new();
    let mut tools = Vec::new();
    for (at, declared) in decl.tools.iter().enumerate() {
        let ordinal = ordinals.next(declared);
        let Some((name, rules)) = named(declared, &mut taken, sink) else { continue };
        let tool = tool::tool(context, (namespace, expose.max_binary), declared, &name, rules, ordinal, sink);
        // Rule D2: the last unit of a cut document is dropped unless its call resolved as written.
        let last = at + 1 == decl.tools.len() && context.spec.exposes.last().is_some_and(|e| std::ptr::eq(e, expose));
        if context.spec.truncated && last && matches!(tool.unit.target, Target::Unavailable(_)) {
            continue;
        }
        tools.push(tool);
    }
    tool::untyped::note(&tools, expose.span, sink);
    tools.into_boxed_slice()
}

/// The name clients call a tool by, and the rules that gave it. A second tool of a name gets a number.
fn named(declared: &UnitDecl<'_>, taken: &mut HashMap<String, usize>, sink: &mut Sink) -> Option<(String, Vec<Rule>)> {
    let own = declared.name.map(|n| n.value.to_owned());
    let written = own.or_else(|| Some(declared.reference?.value.rsplit('.').next()?.to_owned()));
    let Some(written) = written else {
        sink.error(Code::MissingKey, declared.span, "a tool needs the key `name`")
            .help("`name`: What clients call it")
            .path(declared.key_path.key("name"));
        return None;
    };
    let mut rules = Vec::new();
    let count = taken.entry(written.clone()).or_default();
    *count += 1;
    let name = if *count == 1 { written.clone() } else { format!("{written}-{count}") };
    if *count > 1 {
        let message = format!("another tool is called `{written}`: this one is `{name}`");
        rules.push((Code::DupTool, declared.span, message));
    }
    if declared.inline_callee {
        rules.push((Code::ToolServer, declared.span, "the tool carries its callee inline".to_owned()));
    }
    if !is_portable(&name) {
        let message = format!("many model APIs refuse the tool name `{name}`");
        sink.warning(Code::NameNotPortable, declared.span, message)
            .help("use at most 64 letters, digits, `_` and `-`")
            .unit(name.clone())
            .path(&declared.key_path);
    }
    Some((name, rules))
}

/// A name as most model APIs accept it.
fn is_portable(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}
