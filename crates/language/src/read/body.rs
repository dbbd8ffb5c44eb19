//! Reads the body of a consumed operation: its encoding by `type`, and what is encoded (rule U7).

use crate::{
    diagnostic::{Code, Sink},
    document::Node,
    fields::Fields,
    model::{BodyDecl, PartDecl, Rule, ValueDecl},
};

/// How a body is written on the wire.
enum Encoding<'d> {
    Json,
    Form,
    Multipart,
    Text(&'d str),
}

const PLAIN: &str = "text/plain; charset=utf-8";

/// The body declared by `node`; nothing when there is nothing in it.
pub(super) fn body<'d>(node: &'d Node, rules: &mut Vec<Rule>) -> Option<BodyDecl<'d>> {
    let typed = node.get("data").is_some() || node.get("type").is_some();
    let (ty, data) = if typed { (node.get("type"), node.get("data")?) } else { (None, node) };
    if empty(data) {
        return None;
    }
    let (encoding, official) = encoding(ty);
    if !official {
        let word = ty.and_then(Node::scalar_text).unwrap_or_default();
        rules.push((Code::BodyType, node.span, format!("body type `{word}` is read by its usual meaning")));
    }
    let content = ValueDecl::new(data);
    Some(match encoding {
        Encoding::Json => BodyDecl::Json(content),
        Encoding::Form => BodyDecl::Form(content),
        Encoding::Multipart => match data.as_seq() {
            Some(parts) => BodyDecl::Parts(parts.iter().map(part).collect(), data.span),
            None => BodyDecl::Multipart(content),
        },
        Encoding::Text(media) => BodyDecl::Text(media, content),
    })
}

/// Whether nothing is sent of a `data`.
fn empty(data: &Node) -> bool {
    data.is_null() || data.as_map() == Some(&[]) || data.as_str() == Some("")
}

/// Says what a body lacks that has only one of `type` and `data`. Published operations that write have a JSON body without `data`:
/// the caller's own, which the standard's form of an operation (`official`) does not know.
pub(super) fn lacks(fields: &Fields<'_>, method: &str, official: bool, rules: &mut Vec<Rule>, sink: &mut Sink) {
    let json = fields.node("type").and_then(Node::scalar_text).is_some_and(|word| word.eq_ignore_ascii_case("json"));
    let writes = matches!(method, "POST" | "PUT" | "PATCH");
    match (fields.has("type"), fields.has("data")) {
        (true, true) | (false, false) => {}
        (false, true) => fields.missing("type", sink),
        (true, false) if json && writes && !official => {
            let head = fields.all().first().map_or(fields.span(), |entry| entry.key.span);
            let message = "the request body has no `data`: the caller's is passed on";
            rules.push((Code::ImplicitBody, head, message.to_owned()));
        }
        (true, false) => fields.missing("data", sink),
    }
}

/// What a type means, and whether the standard says so.
fn encoding(ty: Option<&Node>) -> (Encoding<'_>, bool) {
    let Some(word) = ty.and_then(Node::scalar_text) else { return (Encoding::Json, true) };
    match word.trim().to_ascii_lowercase().as_str() {
        "json" => (Encoding::Json, true),
        "formurlencoded" => (Encoding::Form, true),
        "multipartform" => (Encoding::Multipart, true),
        "text" => (Encoding::Text(PLAIN), true),
        "xml" => (Encoding::Text("application/xml"), true),
        "sparql" => (Encoding::Text("application/sparql-query"), true),
        "form" | "urlencoded" | "application/x-www-form-urlencoded" => (Encoding::Form, false),
        "multipart" | "multipart/form-data" => (Encoding::Multipart, false),
        "yaml" => (Encoding::Text("application/yaml"), false),
        "binary" | "octet-stream" => (Encoding::Text("application/octet-stream"), false),
        "raw" => (Encoding::Text(PLAIN), false),
        media if media == "application/json" || media.ends_with("+json") => (Encoding::Json, false),
        media if media.contains('/') => (Encoding::Text(word), false),
        // Another word was complained about where its type was checked.
        _ => (Encoding::Json, true),
    }
}

fn part(node: &Node) -> PartDecl<'_> {
    let value = |key: &str| node.get(key).filter(|n| !n.is_null()).map(ValueDecl::new);
    PartDecl {
        name: value("name"),
        value: value("value"),
        file_name: value("filename"),
        content_type: value("contentType"),
    }
}
