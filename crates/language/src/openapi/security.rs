//! Owns what a document demands as proof of who calls: its schemes, and which of them an operation needs.

use super::refs::Refs;
use super::text::{text, texts};
use super::typed::{OAuthFlow, Requirement, SchemeKind, SecurityScheme};
use crate::diagnostic::Sink;
use crate::document::Node;

/// The schemes a document declares.
pub(super) fn schemes<'a>(root: &'a Node, refs: Refs<'a>, sink: &mut Sink) -> Vec<SecurityScheme> {
    let declared = root.get("components").and_then(|components| components.get("securitySchemes"));
    let declared = declared.or_else(|| root.get("securityDefinitions")).and_then(Node::as_map).unwrap_or_default();
    let mut schemes = Vec::new();
    for entry in declared {
        let Some(node) = refs.mapping(&entry.value, "a security scheme", sink) else { continue };
        schemes.push(SecurityScheme {
            name: entry.key.value.to_string(),
            description: text(node, "description"),
            kind: kind(node),
            span: entry.key.span,
        });
    }
    schemes
}

fn kind(node: &Node) -> SchemeKind {
    let word = |key: &str| text(node, key).unwrap_or_default();
    match word("type").to_ascii_lowercase().as_str() {
        "apikey" => SchemeKind::ApiKey { place: word("in").to_ascii_lowercase(), name: word("name") },
        "http" => SchemeKind::Http { scheme: word("scheme").to_ascii_lowercase() },
        // Swagger 2.0.
        "basic" => SchemeKind::Http { scheme: "basic".to_owned() },
        "oauth2" => SchemeKind::OAuth2 { flows: flows(node) },
        "openidconnect" => SchemeKind::OpenIdConnect { url: word("openIdConnectUrl") },
        "mutualtls" => SchemeKind::MutualTls,
        _ => SchemeKind::Unknown,
    }
}

fn flows(node: &Node) -> Vec<OAuthFlow> {
    let flow = |name: &str, node: &Node| OAuthFlow {
        name: name.to_owned(),
        authorization_url: text(node, "authorizationUrl"),
        token_url: text(node, "tokenUrl"),
        scopes: scopes(node),
    };
    match node.get("flows").and_then(Node::as_map) {
        Some(flows) => flows.iter().map(|entry| flow(&entry.key.value, &entry.value)).collect(),
        // Swagger 2.0 has one, by other names.
        None => {
            let name = match text(node, "flow").unwrap_or_default().as_str() {
                "application" => "clientCredentials",
                "accessCode" => "authorizationCode",
                "password" => "password",
                _ => "implicit",
            };
            vec![flow(name, node)]
        }
    }
}

fn scopes(flow: &Node) -> Vec<(String, String)> {
    let scopes = flow.get("scopes").and_then(Node::as_map).unwrap_or_default();
    let meaning = |node: &Node| node.scalar_text().unwrap_or_default().to_owned();
    scopes.iter().map(|entry| (entry.key.value.to_string(), meaning(&entry.value))).collect()
}

/// What an operation or a document demands; nothing when it does not say.
pub(super) fn requirements(owner: &Node) -> Option<Vec<Requirement>> {
    let list = owner.get("security")?.as_seq()?;
    let requirement = |node: &Node| -> Requirement {
        let entries = node.as_map().unwrap_or_default();
        entries.iter().map(|entry| (entry.key.value.to_string(), texts(node, &entry.key.value))).collect()
    };
    Some(list.iter().map(requirement).collect())
}
