//! Skill exposures: metadata about sibling units and files (rule E6).

use capstan_plan::{FileUse, SiblingKind, Skill, SkillAdapter, SkillTool, SkillToolKind};

use super::super::context::Context;
use crate::{
    diagnostic::{Code, Sink},
    model::{ExposeKind, SkillDecl, SkillToolDecl, UnitDecl},
    source::Spanned,
    suggest::nearest,
};

/// Links a skill exposure.
pub(super) fn skills(context: &mut Context<'_, '_>, decls: &[SkillDecl<'_>], sink: &mut Sink) -> SkillAdapter {
    let siblings = Siblings::of(context);
    SkillAdapter { skills: decls.iter().map(|decl| skill(context, &siblings, decl, sink)).collect() }
}

fn skill(context: &mut Context<'_, '_>, siblings: &Siblings<'_>, decl: &SkillDecl<'_>, sink: &mut Sink) -> Skill {
    let tools = decl.tools.iter().filter_map(|tool| {
        Some(SkillTool {
            name: tool.name.value.into(),
            description: tool.description.unwrap_or_default().into(),
            kind: siblings.tool(tool, sink)?,
        })
    });
    Skill {
        name: decl.name.value.into(),
        description: decl.description.unwrap_or_default().into(),
        matter: decl.matter.iter().map(|(k, v)| ((*k).into(), v.clone())).collect(),
        tools: tools.collect(),
        location: decl.location.and_then(|location| context.file(location, FileUse::Folder, sink).ok()),
        origin: context.origins.at(decl.span),
    }
}

/// The REST and MCP exposures of the document that have a name.
struct Siblings<'d>(Vec<(&'d str, SiblingKind, Vec<&'d str>)>);

impl<'d> Siblings<'d> {
    fn of(context: &Context<'_, 'd>) -> Self {
        let named = context.spec.exposes.iter().filter_map(|expose| {
            let units: Vec<&UnitDecl<'_>> = match &expose.kind {
                ExposeKind::Rest { resources, .. } => resources.iter().flat_map(|resource| &resource.units).collect(),
                ExposeKind::Mcp(mcp) => mcp.tools.iter().collect(),
                ExposeKind::Skill(_) | ExposeKind::Control { .. } => Vec::new(),
            };
            let names = units.into_iter().filter_map(|unit| Some(unit.name?.value)).collect();
            Some((expose.namespace?.value, expose.kind.sibling()?, names))
        });
        Self(named.collect())
    }

    /// What a skill's tool stands for.
    fn tool(&self, tool: &SkillToolDecl<'_>, sink: &mut Sink) -> Option<SkillToolKind> {
        match (tool.from, tool.instruction, tool.call) {
            (Some((namespace, action)), None, _) => self.derived(namespace, action, sink),
            (None, Some(file), _) => Some(SkillToolKind::Instruction(file.value.into())),
            (None, None, Some(call)) => self.called(tool, call, sink),
            _ => {
                let name = tool.name.value;
                let message = format!("skill tool `{name}` needs exactly one of `from` and `instruction`");
                sink.error(Code::BadValue, tool.name.span, message).help("keep one of them");
                None
            }
        }
    }

    fn derived(&self, namespace: Spanned<&str>, action: Spanned<&str>, sink: &mut Sink) -> Option<SkillToolKind> {
        if let Some((_, mode, actions)) = self.0.iter().find(|(name, ..)| *name == namespace.value) {
            if !actions.contains(&action.value) {
                let message = format!("`{}` has no operation or tool `{}`", namespace.value, action.value);
                match nearest(action.value, actions.iter().copied()) {
                    Some(near) => {
                        let draft = sink.error(Code::UnresolvedRef, action.span, message);
                        drop(draft.meant(action.span, action.value, near));
                    }
                    None => {
                        sink.warning(Code::UnresolvedRef, action.span, message)
                            .help("name an operation or tool of that exposure");
                    }
                }
            }
            return Some(SkillToolKind::Derived {
                namespace: namespace.value.into(),
                action: action.value.into(),
                mode: *mode,
            });
        }
        let message = format!("no sibling exposure is called `{}`", namespace.value);
        let draft = sink.error(Code::UnresolvedRef, namespace.span, message);
        match nearest(namespace.value, self.0.iter().map(|(name, ..)| *name)) {
            Some(near) => drop(draft.meant(namespace.span, namespace.value, near)),
            None => drop(draft.help("name a REST or MCP exposure of this document")),
        }
        None
    }

    /// A tool with a `call` of its own is the MCP tool of that name.
    fn called(&self, tool: &SkillToolDecl<'_>, call: Spanned<&str>, sink: &mut Sink) -> Option<SkillToolKind> {
        let Some((namespace, mode, _)) = self.0.iter().find(|(_, kind, _)| *kind == SiblingKind::Mcp) else {
            sink.error(Code::UnresolvedRef, call.span, "a skill tool with `call` needs an MCP exposure beside it")
                .help("declare the tool under an MCP exposure and refer to it with `from`");
            return None;
        };
        sink.report(Code::Skill, call.span, "a skill tool with `call` is the MCP tool of that name")
            .help("refer to it with `from`");
        Some(SkillToolKind::Derived { namespace: (*namespace).into(), action: tool.name.value.into(), mode: *mode })
    }
}
