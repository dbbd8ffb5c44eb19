//! Answers without an upstream: the dialect's constant outputs, and the cases of `mock` (ours).

use capstan_plan::{Expression, FlowId, Mock, MockBody, MockCase, Outcome, ScalarType, Template};

use super::{context::Context, finish::finish, given::StepName, linking::Linking, outputs::tree};
use crate::{
    diagnostic::{Code, Sink},
    document::Node,
    fields::Fields,
    keys,
    model::{Output, UnitDecl},
    template::Names,
};

/// Whether outputs hold a constant and nothing mapped: a mock in every dialect.
pub(super) fn is_static(outputs: &[Output<'_>]) -> bool {
    outputs.iter().any(|o| has_static(o.node))
        && outputs.iter().all(|o| o.node.get("mapping").is_none_or(Node::is_null))
}

fn has_static(node: &Node) -> bool {
    let constant = ["value", "const"].into_iter().find_map(|key| node.get(key)).filter(|n| !n.is_null());
    constant.is_some_and(|n| n.as_str().is_none_or(|t| !t.starts_with('$')))
        || node.get("properties").and_then(Node::as_map).is_some_and(|p| p.iter().any(|e| has_static(&e.value)))
        || node.get("items").is_some_and(has_static)
}

/// Constant outputs: an object keyed by output name, 200.
pub(super) fn outputs<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    decl: &UnitDecl<'d>,
    name: &str,
    sink: &mut Sink,
) -> FlowId {
    let mut scope = linking.scope(context);
    let members = decl
        .outputs
        .iter()
        .filter_map(|output| {
            Some((output.name.map_or("value", |n| n.value).into(), constant(output.node, &mut scope, sink)?))
        })
        .collect();
    let body = MockBody::Json(Template::Object(members));
    let case = MockCase { when: None, bound: Box::default(), status: 200, headers: Box::default(), body, delay_ms: 0 };
    let outcome = Outcome::Mock(Box::new(Mock { cases: Box::new([case]), request: None }));
    finish(context, linking, name, decl, Box::default(), outcome)
}

fn constant(node: &Node, names: &mut dyn Names, sink: &mut Sink) -> Option<Template> {
    let written = ["value", "const"].into_iter().find_map(|key| node.get(key)).filter(|n| !n.is_null());
    if let Some(written) = written {
        let value = tree(written, names, sink);
        let scalar = match node.get("type").and_then(Node::as_str).map(str::to_ascii_lowercase).as_deref() {
            Some("integer") => ScalarType::Integer,
            Some("number") => ScalarType::Number,
            Some("boolean") => ScalarType::Boolean,
            Some("string") => {
                return Some(match value {
                    Template::Literal(v) if !v.is_string() => Template::text(written.scalar_text().unwrap_or_default()),
                    other => other,
                });
            }
            _ => return Some(value),
        };
        return Some(Template::Coerce(scalar, Box::new(value)));
    }
    if let Some(properties) = node.get("properties").and_then(Node::as_map) {
        let members: Box<[(Box<str>, Template)]> =
            properties.iter().filter_map(|e| Some((e.key.value.clone(), constant(&e.value, names, sink)?))).collect();
        return (!members.is_empty()).then_some(Template::Object(members));
    }
    if let Some(items) = node.get("items") {
        let items = items.as_seq().and_then(|s| s.first()).unwrap_or(items);
        return Some(Template::List(constant(items, names, sink).into_iter().collect()));
    }
    None
}

/// The cases of `mock`.
pub(super) fn cases<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    decl: &UnitDecl<'d>,
    node: &'d Node,
    name: &str,
    sink: &mut Sink,
) -> FlowId {
    let request = linking.derived.inputs.slot();
    linking.request = Some(request);
    linking.steps.push(StepName { name: "request".to_owned(), slot: request });
    let mut cases = Vec::new();
    if node.as_seq().is_none() {
        sink.error(
            Code::WrongType,
            node.span,
            format!("`mock` must be a list of cases, but this is {}", node.kind_name()),
        );
    }
    for (at, item) in node.as_seq().unwrap_or_default().iter().enumerate() {
        let path = decl.key_path.key("mock").index(at);
        let Some(fields) = Fields::read_at(item, &keys::MOCK, path, sink) else { continue };
        let kept = linking.steps.len();
        let case = case(context, linking, &fields, sink);
        linking.steps.truncate(kept);
        cases.push(case);
    }
    linking.steps.retain(|s| s.name != "request");
    let outcome = Outcome::Mock(Box::new(Mock { cases: cases.into_boxed_slice(), request: Some(request) }));
    finish(context, linking, name, decl, Box::default(), outcome)
}

fn case(context: &mut Context<'_, '_>, linking: &mut Linking<'_>, fields: &Fields<'_>, sink: &mut Sink) -> MockCase {
    let when = fields.node("when").map(|node| match node.as_str() {
        Some(text) => expression(&mut linking.scope(context), text, node, sink),
        None => Template::literal(node.to_json()),
    });
    let mut bound = Vec::new();
    for entry in fields.map("let", sink) {
        let value = tree(&entry.value, &mut linking.scope(context), sink);
        let slot = linking.derived.inputs.slot();
        bound.push((slot, value));
        linking.steps.push(StepName { name: entry.key.value.to_string(), slot });
    }
    let status = match fields.integer("status", sink) {
        None => 200,
        Some(status) => u16::try_from(status.value).ok().filter(|s| (100..=599).contains(s)).unwrap_or_else(|| {
            fields
                .error("status", Code::BadValue, format!("{} is not an HTTP status", status.value), sink)
                .help("use 100 to 599");
            500
        }),
    };
    let headers = fields
        .map("headers", sink)
        .iter()
        .map(|e| (e.key.value.clone(), tree(&e.value, &mut linking.scope(context), sink)))
        .collect();
    let content_type = fields.text("contentType", sink).map(|t| t.value);
    let body = if let Some(node) = fields.node("body") {
        MockBody::Json(tree(node, &mut linking.scope(context), sink))
    } else if let Some(node) = fields.node("text") {
        MockBody::Text {
            media_type: content_type.unwrap_or("text/plain; charset=utf-8").into(),
            content: tree(node, &mut linking.scope(context), sink),
        }
    } else if let Some(file) = fields.text("file", sink) {
        let path = context.file(file.value);
        MockBody::File { path, media_type: content_type.unwrap_or_else(|| media_type(file.value)).into() }
    } else {
        MockBody::None
    };
    let delay_ms = fields.node("delay").and_then(|node| duration(node, sink)).unwrap_or(0);
    MockCase { when, bound: bound.into_boxed_slice(), status, headers, body, delay_ms }
}

/// A minijinja expression without braces.
fn expression(names: &mut dyn Names, text: &str, node: &Node, sink: &mut Sink) -> Template {
    let inner = text.trim().strip_prefix("{{").and_then(|t| t.strip_suffix("}}")).unwrap_or(text);
    let mut scratch = Sink::new();
    match Expression::compile(inner.trim(), |name| names.free(name, node.span, &mut scratch)) {
        Ok(expression) => {
            sink.append(scratch);
            Template::Expression(Box::new(expression))
        }
        Err(reason) => {
            sink.error(Code::BadTemplate, node.span, format!("`when` is not an expression: {reason}"))
                .help("write a minijinja expression, such as: request.body.prompt is defined");
            Template::literal(serde_json::Value::Bool(false))
        }
    }
}

/// A duration in milliseconds: `200ms`, `1s`, `1.5s`, `2m`, or a number of milliseconds.
pub(super) fn duration(node: &Node, sink: &mut Sink) -> Option<u64> {
    let text = node.scalar_text()?.trim();
    let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit.trim() {
        "" | "ms" => 1.0,
        "s" => 1_000.0,
        "m" => 60_000.0,
        _ => f64::NAN,
    };
    match number.parse::<f64>() {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be finite and positive")]
        Ok(number) if (number * factor).is_finite() => Some((number * factor) as u64),
        _ => {
            sink.error(Code::BadValue, node.span, format!("`{text}` is not a duration"))
                .help("write it as 200ms, 1s or 2m");
            None
        }
    }
}

fn media_type(file: &str) -> &'static str {
    match file.rsplit('.').next().map(str::to_ascii_lowercase).as_deref() {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("xml") => "application/xml",
        Some("html") => "text/html; charset=utf-8",
        Some("csv") => "text/csv; charset=utf-8",
        Some("md") => "text/markdown; charset=utf-8",
        Some("txt") => "text/plain; charset=utf-8",
        Some("pdf") => "application/pdf",
        Some("wav") => "audio/wav",
        Some("mp3") => "audio/mpeg",
        _ => "application/octet-stream",
    }
}
