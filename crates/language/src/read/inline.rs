//! Tools that carry their callee inline, at the root of a document (rule X1).

use super::mcp;
use crate::{
    diagnostic::{Code, Sink},
    document::Node,
    fields::Fields,
    model::{Consume, Expose, ExposeKind, McpDecl, Operation, PortDecl, Spec},
    source::Spanned,
};

/// Rule X1: root `tools[].server.rest` are tools with an inline callee, served by one MCP adapter.
pub(super) fn tools<'d>(root: &Fields<'d>, spec: &mut Spec<'d>, sink: &mut Sink) {
    if !root.has("tools") {
        return;
    }
    let tools = mcp::tools(root, sink);
    if !tools.iter().any(|tool| tool.inline_callee) {
        sink.warning(Code::Unsupported, root.key_span("tools"), "root `tools` without `server` are not served")
            .help("declare an MCP exposure under `capability.exposes`, or give each tool a `server.rest`")
            .path(root.path_of("tools"));
        return;
    }
    let named = root.entries("tools", &mut Sink::new());
    spec.consumes.extend(named.iter().filter_map(|named| callee(named.name?, named.node)));
    spec.exposes.push(Expose {
        kind: ExposeKind::Mcp(McpDecl { tools, ..McpDecl::default() }),
        namespace: None,
        port: PortDecl::Free,
        address: None,
        description: spec.description,
        authenticator: None,
        max_binary: None,
        span: root.key_span("tools"),
    });
}

/// The inline callee of one tool: an API of one operation, both named like the tool.
fn callee<'d>(name: Spanned<&'d str>, tool: &'d Node) -> Option<Consume<'d>> {
    let server = tool.get("server").filter(|n| !n.is_null())?;
    let rest = server.get("rest").filter(|r| r.as_map().is_some()).unwrap_or(server);
    let text = |keys: &[&str]| {
        keys.iter().find_map(|k| rest.get(k)).and_then(|n| Some(Spanned::new(n.scalar_text()?, n.span)))
    };
    let method = text(&["method"]).map_or_else(
        || Spanned::new("GET".to_owned(), name.span),
        |method| method.map(|m| m.trim().to_ascii_uppercase()),
    );
    let operation = Operation {
        own_path: text(&["path"]),
        description: tool.get("description").and_then(Node::scalar_text),
        ..Operation::bare(Some(name), method, name.span)
    };
    Some(Consume {
        namespace: name.map(str::to_owned),
        base: text(&["baseUrl", "baseUri", "url"]),
        params: Vec::new(),
        credential: None,
        operations: vec![operation],
        openapi: None,
        limits: None,
        span: name.span,
    })
}
