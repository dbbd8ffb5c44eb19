//! Prompts: messages with placeholders, inline or from a file.

use capstan_plan::{FileUse, Prompt, PromptArgument, PromptContent, PromptMessage, PromptSlip, PromptText};

use super::super::context::Context;
use crate::{
    diagnostic::{Code, Sink},
    model::PromptDecl,
    source::{Span, Spanned},
    suggest::nearest,
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
                    .map(|(role, text)| PromptMessage { role: *role, text: message(decl, *text, sink) })
                    .collect(),
            )
        }
    };
    let prompt = Prompt {
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
    };
    if let PromptContent::Inline(messages) = &prompt.content {
        unused(&prompt, messages, decl.name.span, sink);
    }
    Some(prompt)
}

/// Notes arguments that no message uses. A text in a file is held against them where files are read.
fn unused(prompt: &Prompt, messages: &[PromptMessage], span: Span, sink: &mut Sink) {
    for slip in prompt.slips(messages.iter().map(|message| &message.text)) {
        if let PromptSlip::Unused { name } = slip {
            let message = format!("prompt `{}` does not use its argument `{name}`", prompt.name);
            sink.note(Code::UnusedArgument, span, message)
                .help(format!("write `{{{{{name}}}}}` where it belongs, or remove it"));
        }
    }
}

/// The text of a message. A placeholder that no argument fills stays as it is written, which is said.
fn message(decl: &PromptDecl<'_>, text: Spanned<&str>, sink: &mut Sink) -> PromptText {
    let parsed = PromptText::parse(text.value);
    let arguments = || decl.arguments.iter().map(|argument| argument.name);
    for name in parsed.names().filter(|name| !arguments().any(|known| known == *name)) {
        let message = format!("prompt `{}` has no argument `{name}`", decl.name.value);
        match nearest(name, arguments()) {
            Some(near) => {
                sink.error(Code::UnknownName, text.span, message).meant(text.span, name, near);
            }
            None => {
                sink.warning(Code::UnknownName, text.span, format!("{message}: it stays as it is written"))
                    .help("declare it under `arguments`");
            }
        }
    }
    if text.value.rsplit_once("{{").is_some_and(|(_, after)| !after.contains("}}")) {
        sink.warning(Code::UnclosedTemplate, text.span, "`{{` is never closed: it is text").help("close it with `}}`");
    }
    parsed
}
