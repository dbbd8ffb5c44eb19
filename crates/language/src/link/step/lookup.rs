//! A lookup: entries of an earlier step's output, found by a key.

use capstan_plan::{Lookup, Template};

use super::super::{context::Context, linking::Linking};
use crate::{
    diagnostic::{Code, Defect, Sink},
    model::LookupDecl,
    source::Spanned,
    suggest::nearest,
    template::{Style, absent, compile},
};

/// Links a lookup step.
pub(in crate::link) fn step<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    declared: &LookupDecl<'d>,
    sink: &mut Sink,
) -> Result<Lookup, Defect> {
    let index = searched(context, linking, declared.index, sink)?;
    let value = declared.value;
    let value = match value.value.strip_prefix("$.") {
        Some(_) => linking.scope(context).path(value).unwrap_or_else(absent),
        None => compile(value.value, value.span, Style::Value, &mut linking.scope(context), sink),
    };
    Ok(Lookup {
        index,
        matches: declared.matches.value.into(),
        value,
        fields: declared.fields.iter().map(|f| f.value.into()).collect(),
    })
}

/// What a lookup searches: a step's output, or a list inside it.
fn searched(
    context: &mut Context<'_, '_>,
    linking: &mut Linking<'_>,
    index: Spanned<&str>,
    sink: &mut Sink,
) -> Result<Template, Defect> {
    let written = index.value.trim();
    let path = written.strip_prefix("$.").unwrap_or(written);
    let start = index.value.find(path).unwrap_or_default();
    if let Some(template) = linking.scope(context).output(index.part(start, start + path.len())) {
        return Ok(template);
    }
    let message = format!("no earlier step is named `{path}`");
    let length = path.find(['.', '[']).unwrap_or(path.len());
    let head = index.part(start, start + length);
    let draft = sink.error(Code::UnresolvedStep, head.span, message);
    Err(match nearest(head.value, linking.steps.iter().map(|s| s.name.as_str())) {
        Some(near) => draft.meant(head.span, head.value, near).defect(),
        None => draft.help("steps see only the steps before them").defect(),
    })
}
