//! Says which tools of an exposure a model has to guess the arguments of, and how to type them.

use capstan_plan::Tool;
use serde_json::Value;

use crate::{
    diagnostic::{Code, Sink},
    source::Span,
};

/// How many tools are named.
const NAMED: usize = 5;

/// Notes the tools of the exposure at `span` whose arguments nobody describes.
pub(in crate::link::expose) fn note(tools: &[Tool], span: Span, sink: &mut Sink) {
    let untyped: Vec<String> = tools.iter().filter_map(gaps).collect();
    let Some((named, more)) = untyped.split_at_checked(NAMED.min(untyped.len())).filter(|_| !untyped.is_empty()) else {
        return;
    };
    let rest = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    let count = untyped.len();
    let have = match (count, tools.len()) {
        (1, 1) => "the tool has".to_owned(),
        (1, all) => format!("1 of {all} tools has"),
        (count, all) => format!("{count} of {all} tools have"),
    };
    let message = format!("{have} arguments nobody describes: {}{rest}", named.join(", "));
    sink.note(Code::UntypedTool, span, message).help(Code::UntypedTool.help());
}

/// The name of a tool with what is not known of it.
fn gaps(tool: &Tool) -> Option<String> {
    let properties = tool.input_schema.get("properties").and_then(Value::as_object);
    let opaque = |name: &str, schema: &Value| {
        let whole = tool.body.as_ref().is_some_and(|body| *body.argument == *name);
        ["type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"].iter().all(|key| schema.get(*key).is_none())
            || whole && schema.get("properties").is_none()
    };
    let arguments = properties.into_iter().flatten().filter(|(name, schema)| opaque(name, schema));
    let gaps: Vec<String> = arguments.map(|(name, _)| format!("`{name}`")).collect();
    (!gaps.is_empty()).then(|| format!("`{}` ({})", tool.unit.name, gaps.join(", ")))
}
