//! Reads agent skills.

use crate::{
    diagnostic::Sink,
    fields::{Fields, Named},
    keys,
    model::{SkillDecl, SkillToolDecl},
};

/// Reads one skill.
pub(super) fn skill<'d>(named: &Named<'d>, sink: &mut Sink) -> Option<SkillDecl<'d>> {
    let fields = Fields::read_at(named.node, &keys::SKILL, named.path.clone(), sink)?;
    let name = match named.name {
        Some(name) => name,
        None => fields.required_text("name", sink)?,
    };
    let matter = [
        "license",
        "compatibility",
        "allowed-tools",
        "argument-hint",
        "user-invocable",
        "disable-model-invocation",
        "metadata",
    ]
    .into_iter()
    .filter_map(|key| Some((key, fields.node(key)?.to_json())))
    .collect();
    let tools = fields
        .entries("tools", sink)
        .iter()
        .filter_map(|inner| {
            let fields = Fields::read_at(inner.node, &keys::SKILL_TOOL, inner.path.clone(), sink)?;
            let from = fields
                .object("from", &keys::SKILL_FROM, sink)
                .and_then(|f| Some((f.required_text("sourceNamespace", sink)?, f.required_text("action", sink)?)));
            Some(SkillToolDecl {
                name: inner.name.or_else(|| fields.required_text("name", sink))?,
                description: fields.text("description", sink).map(|t| t.value),
                from,
                instruction: fields.text("instruction", sink),
                call: fields.text("call", sink),
            })
        })
        .collect();
    Some(SkillDecl {
        name,
        description: fields.text("description", sink).map(|t| t.value),
        matter,
        location: fields.text("location", sink),
        tools,
        span: name.span,
    })
}
