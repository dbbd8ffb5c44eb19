//! Skill exposures: metadata about sibling units and files (rule E6).

use capstan_plan::{FileUse, Skill, SkillAdapter, SkillTool, SkillToolKind};

use super::super::context::Context;
use crate::{
    diagnostic::{Code, Sink},
    model::{ExposeKind, SkillDecl},
    suggest::nearest,
};

/// Links a skill exposure.
pub(super) fn skills(context: &mut Context<'_, '_>, decls: &[SkillDecl<'_>], sink: &mut Sink) -> SkillAdapter {
    let siblings: Vec<(&str, &str)> = context
        .spec
        .exposes
        .iter()
        .filter_map(|e| {
            let mode = match &e.kind {
                ExposeKind::Rest { .. } => "rest",
                ExposeKind::Mcp(_) => "mcp",
                ExposeKind::Skill(_) | ExposeKind::Control { .. } => return None,
            };
            Some((e.namespace?.value, mode))
        })
        .collect();
    let mcp = siblings.iter().find(|(_, mode)| *mode == "mcp").copied();
    let skills = decls
        .iter()
        .map(|decl| {
            let location = decl.location.and_then(|location| context.file(location, FileUse::Folder, sink));
            let tools = decl
                .tools
                .iter()
                .filter_map(|tool| {
                    let kind = match (tool.from, tool.instruction, tool.call) {
                        (Some((namespace, action)), None, _) => {
                            match siblings.iter().find(|(name, _)| *name == namespace.value) {
                                Some((_, mode)) => SkillToolKind::Derived {
                                    namespace: namespace.value.into(),
                                    action: action.value.into(),
                                    mode: (*mode).into(),
                                },
                                None => {
                                    let draft = sink.error(
                                        Code::UnresolvedRef,
                                        namespace.span,
                                        format!("no sibling exposure is called `{}`", namespace.value),
                                    );
                                    match nearest(namespace.value, siblings.iter().map(|(n, _)| *n)) {
                                        Some(near) => drop(
                                            draft.help(format!("did you mean `{near}`?")).fix(namespace.span, near),
                                        ),
                                        None => drop(draft.help("name a REST or MCP exposure of this document")),
                                    }
                                    return None;
                                }
                            }
                        }
                        (None, Some(file), _) => SkillToolKind::Instruction(file.value.into()),
                        (None, None, Some(call)) => {
                            let Some((namespace, mode)) = mcp else {
                                sink.error(
                                    Code::UnresolvedRef,
                                    call.span,
                                    "a skill tool with `call` needs an MCP exposure beside it",
                                )
                                .help("declare the tool under an MCP exposure and refer to it with `from`");
                                return None;
                            };
                            sink.report(
                                Code::Skill,
                                call.span,
                                "a skill tool with `call` is the MCP tool of that name",
                            )
                            .help("refer to it with `from`");
                            SkillToolKind::Derived {
                                namespace: namespace.into(),
                                action: tool.name.value.into(),
                                mode: mode.into(),
                            }
                        }
                        _ => {
                            sink.error(
                                Code::BadValue,
                                tool.name.span,
                                format!(
                                    "skill tool `{}` needs exactly one of `from` and `instruction`",
                                    tool.name.value
                                ),
                            )
                            .help("keep one of them");
                            return None;
                        }
                    };
                    Some(SkillTool {
                        name: tool.name.value.into(),
                        description: tool.description.unwrap_or_default().into(),
                        kind,
                    })
                })
                .collect();
            Skill {
                name: decl.name.value.into(),
                description: decl.description.unwrap_or_default().into(),
                matter: decl.matter.iter().map(|(k, v)| ((*k).into(), v.clone())).collect(),
                location,
                tools,
                origin: context.origins.at(decl.span),
            }
        })
        .collect();
    SkillAdapter { skills }
}
