//! What an operation declares of its body (rule U7).

use super::super::rule::Rule;
use crate::{diagnostic::Code, document::Node, model::Operation};

/// What a callee declares of its body.
#[derive(Clone, Copy, Debug)]
pub(in crate::link) enum BodyDecl<'d> {
    /// Nothing, or nothing in it.
    None,
    /// A template of this kind.
    Template(BodyKind, &'d Node),
}

/// The wire encodings of a declared body (rule U7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::link) enum BodyKind {
    Json,
    Form,
    Multipart,
    /// A text or byte body with this media type.
    Text(&'static str),
    Other,
}

pub(in crate::link) fn body_decl<'d>(op: &Operation<'d>, rules: &mut Vec<Rule>) -> BodyDecl<'d> {
    let Some(node) = op.body else { return BodyDecl::None };
    let (ty, data) = match node.as_map() {
        Some([]) => return BodyDecl::None,
        Some(_) if node.get("data").is_some() || node.get("type").is_some() => {
            (node.get("type").and_then(Node::scalar_text), node.get("data"))
        }
        _ => (None, Some(node)),
    };
    let Some(data) = data.filter(|d| !d.is_null() && d.as_map() != Some(&[]) && d.as_str() != Some("")) else {
        return BodyDecl::None;
    };
    let kind = match ty.map(|t| t.trim().to_ascii_lowercase()).as_deref() {
        None | Some("json") => return BodyDecl::Template(BodyKind::Json, data),
        Some("formurlencoded") => return BodyDecl::Template(BodyKind::Form, data),
        Some("multipartform") => return BodyDecl::Template(BodyKind::Multipart, data),
        Some("text") => return BodyDecl::Template(BodyKind::Text("text/plain; charset=utf-8"), data),
        Some("xml") => return BodyDecl::Template(BodyKind::Text("application/xml"), data),
        Some("sparql") => return BodyDecl::Template(BodyKind::Text("application/sparql-query"), data),
        Some("form" | "urlencoded" | "application/x-www-form-urlencoded") => BodyKind::Form,
        Some("multipart" | "multipart/form-data") => BodyKind::Multipart,
        Some("yaml") => BodyKind::Text("application/yaml"),
        Some("binary" | "octet-stream") => BodyKind::Text("application/octet-stream"),
        Some("raw") => BodyKind::Text("text/plain; charset=utf-8"),
        Some(media) if media.contains('/') => {
            if media == "application/json" || media.ends_with("+json") {
                BodyKind::Json
            } else {
                BodyKind::Other
            }
        }
        Some(_) => BodyKind::Json,
    };
    rules.push((
        Code::BodyType,
        node.span,
        format!("body type `{}` is read by its usual meaning", ty.unwrap_or_default()),
    ));
    BodyDecl::Template(kind, data)
}

/// The media type written as a body's `type`, when it is one.
pub(in crate::link) fn body_media<'d>(op: &Operation<'d>) -> Option<&'d str> {
    op.body?.get("type")?.as_str().filter(|t| t.contains('/'))
}
