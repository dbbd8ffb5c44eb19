//! Prompts: messages with placeholders, inline or from a file.

use capstan_plan::{FileUse, Prompt, PromptArgument, PromptContent, PromptMessage, PromptText};

use super::super::context::Context;
use crate::{
    diagnostic::{Code, Sink},
    model::PromptDecl,
};

/// Links a prompt; nothing when its location is no file.
pub(super) fn prompt(context: &mut Context<'_, '_>, decl: &PromptDecl<'_>, sink: &mut Sink) -> Option<Prompt> {
    let content = match decl.location {
        Some(location) if decl.messages.is_empty() => {
            PromptContent::File(context.file(location, FileUse::Prompt, sink).ok()?)
        }
        _ => {
            if decl.messages.is_empty() {
                sink.error(Code::MissingKey, decl.span, "a prompt needs `template` or `location`")
                    .help("add `template: [{role: user, content: ...}]`");
            }
            PromptContent::Inline(
                decl.messages
                    .iter()
                    .map(|(role, text)| PromptMessage { role: *role, text: PromptText::parse(text.value) })
                    .collect(),
            )
        }
    };
    Some(Prompt {
        name: decl.name.value.into(),
        title: decl.title.map(Into::into),
        description: decl.description.map(Into::into),
        arguments: decl
            .arguments
            .iter()
            .map(|a| PromptArgument {
                name: a.name.into(),
                title: a.title.map(Into::into),
                description: a.description.map(Into::into),
                required: a.required,
                values: a.values.iter().map(|v| (*v).into()).collect(),
            })
            .collect(),
        content,
        origin: context.origins.at(decl.span),
    })
}
