//! Reads whatever runs: exposed operations, tools, resources and flows. Their keys overlap; the table of each kind says which
//! of them it knows.

use super::{param, with};
use crate::{
    diagnostic::{Code, Sink},
    document::{Entry, Node},
    fields::{Fields, Named},
    keys,
    model::{LookupDecl, ScriptDecl, StepDecl, StepDeclKind, UnitDecl},
    source::Spanned,
};

/// Reads one unit by the table its fields were read by.
pub(super) fn unit<'d>(named: &Named<'d>, fields: &Fields<'d>, sink: &mut Sink) -> UnitDecl<'d> {
    let has = |key: &str| fields.table().key(key).is_some();
    let text = |key: &'static str, sink: &mut Sink| if has(key) { fields.text(key, sink) } else { None };
    let node = |key: &'static str| if has(key) { fields.node(key) } else { None };
    let mut rules = Vec::new();
    let mut brace_with = false;
    let mut pairs = if has("with") { with(fields, "with", sink) } else { Vec::new() };
    let mut call = text("call", sink);
    if call.is_none() {
        if let Some(operation) = text("operation", sink) {
            rules.push((
                Code::CallOperation,
                operation.span,
                format!("`operation: {}` is read as `call`", operation.value),
            ));
            call = Some(operation);
        } else if let Some(calls) = node("calls").and_then(Node::as_seq) {
            match calls {
                [only] => {
                    if let Some(target) =
                        only.get("capability").or_else(|| only.get("call")).or_else(|| only.get("operation"))
                        && let Some(name) = target.as_str()
                    {
                        rules.push((Code::CallsList, target.span, format!("`calls: [{name}]` is read as `call`")));
                        call = Some(Spanned::new(name, target.span));
                    }
                    if let Some(entries) = only.get("parameters").or_else(|| only.get("with")).and_then(Node::as_map) {
                        brace_with = true;
                        pairs.extend(entries.iter().map(|e| (Spanned::new(&*e.key.value, e.key.span), &e.value)));
                    }
                }
                _ => {
                    let span = fields.key_span("calls");
                    sink.error(Code::UnresolvedCall, span, "a list of several `calls` has no defined order or result")
                        .help("use `steps`, one `call` step each")
                        .path(fields.path_of("calls"));
                }
            }
        }
    }
    let hints = match has("hints").then(|| fields.table().key("hints")).flatten() {
        Some(key) if matches!(key.support, crate::fields::Support::Read) => fields
            .object("hints", &keys::HINTS, sink)
            .map(|h| {
                ["readOnly", "destructive", "idempotent", "openWorld"].map(|k| h.boolean(k, sink).map(|b| b.value))
            })
            .unwrap_or_default(),
        _ => [None; 4],
    };
    let semantics = if has("semantics") {
        fields
            .object("semantics", &keys::SEMANTICS, sink)
            .map(|s| (s.boolean("safe", sink).map(|b| b.value), s.boolean("idempotent", sink).map(|b| b.value)))
    } else {
        None
    };
    if let Some(status) = node("responseBinary").and_then(|n| n.get("status")).filter(|n| n.as_i64() != Some(200)) {
        sink.warning(Code::Unsupported, status.span, "the status of a binary answer is the upstream's")
            .help("remove `status`");
    }
    UnitDecl {
        name: named.name.or_else(|| text("name", sink)),
        title: text("label", sink).map(|t| t.value),
        description: text("description", sink).map(|t| t.value),
        method: text("method", sink).map(|m| m.map(|m| m.trim().to_ascii_uppercase())),
        path: text("path", sink),
        params: if has("inputParameters") { param::params(fields, "inputParameters", sink) } else { Vec::new() },
        input_schema: node("inputSchema"),
        output_schema: node("outputSchema"),
        call,
        with: pairs,
        brace_with,
        reference: if has("ref")
            && fields.table().key("ref").is_some_and(|k| matches!(k.support, crate::fields::Support::Read))
        {
            text("ref", sink)
        } else {
            None
        },
        steps: if has("steps") { steps(fields, sink) } else { Vec::new() },
        mappings: if has("mappings") { mappings(fields, sink) } else { Vec::new() },
        outputs: if has("outputParameters") { param::outputs(fields, "outputParameters", sink) } else { Vec::new() },
        hints,
        semantics,
        mock: node("mock"),
        media_type: text("outputMediaType", sink)
            .map(|t| t.value)
            .or_else(|| node("responseBinary").and_then(|n| n.get("mediaType")).and_then(Node::as_str))
            .or_else(|| node("responses").and_then(binary_media_type)),
        server: node("server"),
        rules,
        span: named.name.map_or(named.node.span, |n| n.span),
        key_path: named.path.clone(),
    }
}

/// The media type that `responses` declares to be binary.
fn binary_media_type(responses: &Node) -> Option<&str> {
    let contents = responses.as_map()?.iter().filter_map(|response| response.value.get("content")?.as_map());
    let binary = |content: &&Entry| content.value.get("binary").and_then(Node::as_bool) == Some(true);
    contents.flatten().find(binary).map(|content| &*content.key.value)
}

fn steps<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Vec<StepDecl<'d>> {
    fields
        .entries("steps", sink)
        .into_iter()
        .filter_map(|named| {
            let fields = Fields::read_at(named.node, &keys::STEP, named.path.clone(), sink)?;
            let kind = match fields.word("type", sink).map(|w| w.value) {
                Some("lookup") => StepDeclKind::Lookup(LookupDecl {
                    index: fields.required_text("index", sink)?,
                    matches: fields.required_text("match", sink)?,
                    value: fields.required_text("lookupValue", sink)?,
                    fields: fields.text_list("outputParameters", sink),
                }),
                Some("script") => StepDeclKind::Script(ScriptDecl {
                    language: fields.word("language", sink).map(|w| w.map(|w| w as &str)),
                    location: fields.text("location", sink),
                    file: fields.required_text("file", sink)?,
                    dependencies: fields.text_list("dependencies", sink),
                    with: with(&fields, "with", sink),
                }),
                Some(_) => {
                    StepDeclKind::Call { call: fields.required_text("call", sink)?, with: with(&fields, "with", sink) }
                }
                None if fields.has("type") => return None,
                None if fields.has("call") => {
                    StepDeclKind::Call { call: fields.required_text("call", sink)?, with: with(&fields, "with", sink) }
                }
                None => {
                    fields.missing("type", sink);
                    return None;
                }
            };
            let span = named.name.map_or(named.node.span, |n| n.span);
            Some(StepDecl { name: named.name, kind, span, key_path: named.path })
        })
        .collect()
}

fn mappings<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Vec<(Spanned<&'d str>, Spanned<&'d str>)> {
    fields
        .objects("mappings", &keys::MAPPING, sink)
        .into_iter()
        .filter_map(|m| Some((m.required_text("target", sink)?, m.required_text("value", sink)?)))
        .collect()
}
