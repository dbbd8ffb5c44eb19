//! Answers without an upstream: the dialect's constant outputs, and the cases of `mock` (ours).

use capstan_plan::{FileUse, FlowId, Mock, MockBody, MockCase, Outcome, ScalarType, Template};
use serde_json::Value;

use super::{context::Context, finish::finish, given::StepName, linking::Linking, outputs::tree};
use crate::{
    diagnostic::{Code, Defect, Sink},
    model::{Condition, MockAnswer, MockCaseDecl, OutputDecl, UnitDecl},
    source::Spanned,
    template::{self, Names},
};

/// Whether outputs hold a constant and nothing mapped: a mock in every dialect.
pub(super) fn is_static(outputs: &[OutputDecl<'_>]) -> bool {
    outputs.iter().any(has_static) && !outputs.iter().any(is_mapped)
}

fn is_mapped(output: &OutputDecl<'_>) -> bool {
    output.mapping.is_some()
        || output.properties.iter().any(is_mapped)
        || output.items.as_deref().is_some_and(is_mapped)
        || output.values.as_deref().is_some_and(is_mapped)
}

fn has_static(output: &OutputDecl<'_>) -> bool {
    output.fixed().is_some_and(|value| value.text().is_none_or(|text| !text.starts_with('$')))
        || output.properties.iter().any(has_static)
        || output.items.as_deref().is_some_and(has_static)
}

/// Constant outputs: an object keyed by output name, 200.
pub(super) fn outputs<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    decl: &UnitDecl<'d>,
    name: &str,
    sink: &mut Sink,
) -> Result<FlowId, Defect> {
    let mut scope = linking.scope(context);
    let members = decl
        .outputs
        .iter()
        .filter_map(|output| {
            Some((output.name.map_or("value", |n| n.value).into(), constant(output, &mut scope, sink)?))
        })
        .collect();
    let body = MockBody::Json(Template::Object(members));
    let case = MockCase { when: None, bound: Box::default(), status: 200, headers: Box::default(), body, delay_ms: 0 };
    let outcome = Outcome::Mock(Box::new(Mock { cases: Box::new([case]), request: None }));
    finish(context, linking, name, decl, Box::default(), outcome)
}

fn constant(output: &OutputDecl<'_>, names: &mut dyn Names, sink: &mut Sink) -> Option<Template> {
    if let Some(written) = output.fixed() {
        let value = tree(written, names, sink);
        let scalar = match output.ty.map(str::to_ascii_lowercase).as_deref() {
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
    if !output.properties.is_empty() {
        let members: Box<[(Box<str>, Template)]> = output
            .properties
            .iter()
            .filter_map(|part| Some((part.name?.value.into(), constant(part, names, sink)?)))
            .collect();
        return (!members.is_empty()).then_some(Template::Object(members));
    }
    let items = output.items.as_deref()?;
    Some(Template::List(constant(items, names, sink).into_iter().collect()))
}

/// The cases of `mock`.
pub(super) fn cases<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    decl: &UnitDecl<'d>,
    declared: &[MockCaseDecl<'d>],
    name: &str,
    sink: &mut Sink,
) -> Result<FlowId, Defect> {
    let request = linking.derived.inputs.slot();
    linking.request = Some(request);
    linking.steps.push(StepName::new("request", request));
    let mut cases = Vec::new();
    for declared in declared {
        let kept = linking.steps.len();
        let case = case(context, linking, declared, sink);
        linking.steps.truncate(kept);
        cases.push(case);
    }
    linking.steps.retain(|s| s.name != "request");
    let outcome = Outcome::Mock(Box::new(Mock { cases: cases.into_boxed_slice(), request: Some(request) }));
    finish(context, linking, name, decl, Box::default(), outcome)
}

fn case(
    context: &mut Context<'_, '_>,
    linking: &mut Linking<'_>,
    declared: &MockCaseDecl<'_>,
    sink: &mut Sink,
) -> MockCase {
    let when = match declared.when {
        Condition::Always => None,
        Condition::Never => Some(Template::literal(Value::Bool(false))),
        Condition::Expression(text) => Some(expression(&mut linking.scope(context), text, sink)),
    };
    let mut bound = Vec::new();
    for (name, value) in &declared.bound {
        let value = tree(*value, &mut linking.scope(context), sink);
        let slot = linking.derived.inputs.slot();
        bound.push((slot, value));
        linking.steps.push(StepName::new(name, slot));
    }
    let headers = declared
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), tree(*value, &mut linking.scope(context), sink)))
        .collect();
    let body = match declared.answer {
        MockAnswer::Empty => MockBody::None,
        MockAnswer::Json(body) => MockBody::Json(tree(body, &mut linking.scope(context), sink)),
        MockAnswer::Text { content, content_type } => MockBody::Text {
            media_type: content_type.unwrap_or("text/plain; charset=utf-8").into(),
            content: tree(content, &mut linking.scope(context), sink),
        },
        MockAnswer::File { path, content_type } => match context.file(path, FileUse::MockBody, sink) {
            Ok(file) => {
                MockBody::File { file, media_type: content_type.unwrap_or_else(|| media_type(path.value)).into() }
            }
            Err(defect) => {
                linking.derived.broken(defect);
                MockBody::None
            }
        },
    };
    let (status, delay_ms) = (declared.status, declared.delay_ms);
    MockCase { when, bound: bound.into_boxed_slice(), status, headers, body, delay_ms }
}

/// A minijinja expression without braces, under the key `when`.
pub(super) fn expression(names: &mut dyn Names, text: Spanned<&str>, sink: &mut Sink) -> Template {
    let inner = text.trim().strip_prefix("{{").and_then(|t| t.strip_suffix("}}")).unwrap_or(text.value);
    let start = text.value.find(inner.trim()).unwrap_or_default();
    match template::expression(text.part(start, start + inner.trim().len()), names) {
        Ok(expression) => expression,
        Err(reason) => {
            let message = format!("`when` is not an expression: {reason}");
            let help = "write a minijinja expression, such as: request.body.prompt is defined";
            names.broken(sink.error(Code::BadTemplate, text.span, message).help(help).defect());
            Template::literal(Value::Bool(false))
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
