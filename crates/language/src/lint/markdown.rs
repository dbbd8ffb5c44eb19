//! Texts that people see as Markdown: what would run in their browser does not belong there.

use super::object::Object;
use crate::{
    diagnostic::{Code, Sink},
    document::Node,
    keys,
    source::Spanned,
};

/// Looks at the prose of one mapping.
pub(super) fn markdown(object: &Object<'_>, sink: &mut Sink) {
    let shown = object.is(&[
        &keys::INFO,
        &keys::CONSUMES,
        &keys::REST,
        &keys::MCP,
        &keys::SKILL_ADAPTER,
        &keys::EXPOSED_RESOURCE,
        &keys::UNIT,
        &keys::TOOL,
        &keys::SKILL,
        &keys::MCP_RESOURCE,
        &keys::PROMPT,
        &keys::FLOW,
    ]);
    if !shown {
        return;
    }
    for key in ["label", "description"].into_iter().filter(|key| object.fields.table().key(key).is_some()) {
        let Some(node) = object.fields.node(key) else { continue };
        let text = node.as_str().unwrap_or_default().to_ascii_lowercase();
        if text.contains("<script") {
            sink.error(Code::ActiveMarkdown, node.span, format!("`{key}` contains a script tag"))
                .help("remove it: this text is shown to people");
        } else if text.contains("eval(") {
            sink.warning(Code::ActiveMarkdown, node.span, format!("`{key}` contains `eval(`"))
                .help("remove it: this text is shown to people");
        }
        literal(key, node, sink);
    }
}

/// Placeholders in prose stay what they are.
fn literal(key: &str, node: &Node, sink: &mut Sink) {
    let text = node.as_str().unwrap_or_default();
    let Some((before, (inner, _))) =
        text.split_once("{{").and_then(|(before, after)| Some((before, after.split_once("}}")?)))
    else {
        return;
    };
    let written = Spanned::new(text, node.span).part(before.len(), before.len() + inner.len() + 4);
    let message = format!("`{}` is shown as it is: nothing is filled into a `{key}`", written.value);
    sink.note(Code::LiteralTemplate, written.span, message).help(format!("write `{}` without braces", inner.trim()));
}
