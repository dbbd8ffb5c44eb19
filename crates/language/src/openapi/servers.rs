//! Owns the servers of a document, a path or an operation. Swagger 2.0 writes them as schemes, host and base path.

use super::path::path_of;
use super::text::{text, texts};
use super::typed::{Server, ServerVariable};
use crate::document::Node;

/// The servers that the document, a path item or an operation names.
pub(super) fn servers(owner: &Node) -> Vec<Server> {
    match owner.get("servers").and_then(Node::as_seq) {
        Some(list) => list.iter().filter_map(server).collect(),
        None => swagger(owner),
    }
}

fn server(node: &Node) -> Option<Server> {
    let variables = node.get("variables").and_then(Node::as_map).unwrap_or_default();
    let variables = variables.iter().map(|entry| ServerVariable {
        name: entry.key.value.to_string(),
        default: text(&entry.value, "default"),
        values: texts(&entry.value, "enum"),
        description: text(&entry.value, "description"),
    });
    Some(Server { url: text(node, "url")?, description: text(node, "description"), variables: variables.collect() })
}

/// The servers of Swagger 2.0, HTTPS first.
fn swagger(root: &Node) -> Vec<Server> {
    let base = text(root, "basePath").unwrap_or_default();
    let Some(host) = text(root, "host") else {
        return (!base.is_empty())
            .then_some(Server { url: base, description: None, variables: Vec::new() })
            .into_iter()
            .collect();
    };
    let mut schemes = texts(root, "schemes");
    schemes.retain(|scheme| scheme.starts_with("http"));
    schemes.sort_by_key(|scheme| scheme != "https");
    if schemes.is_empty() {
        schemes.push("https".to_owned());
    }
    let url = |scheme: String| format!("{scheme}://{host}{base}");
    schemes.into_iter().map(|scheme| Server { url: url(scheme), description: None, variables: Vec::new() }).collect()
}

/// The path of a server, without a slash at its end.
pub(super) fn prefixed(url: &str) -> String {
    path_of(url).trim_end_matches('/').to_owned()
}
