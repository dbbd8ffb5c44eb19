//! Prompts: messages with placeholders, inline or from a file, and completion of arguments whose values are known.

use std::borrow::Cow;

use capstan_plan::{Prompt, PromptContent, PromptRole};
use rmcp::{
    ErrorData,
    model::{CompleteRequestParams, CompleteResult, CompletionInfo, GetPromptResult, PromptMessage, Reference, Role},
};
use serde_json::{Map, Value};

use super::view::View;

/// A prompt with its placeholders filled.
pub(super) fn get(view: &View, name: &str, arguments: Map<String, Value>) -> Result<GetPromptResult, ErrorData> {
    let prompt = find(view, name)?;
    let given = |name: &str| arguments.get(name).is_some_and(|value| !value.is_null());
    let missing: Vec<_> =
        prompt.arguments.iter().filter(|a| a.required && !given(&a.name)).map(|a| format!("`{}`", a.name)).collect();
    if !missing.is_empty() {
        let message = format!("Invalid params: prompt `{name}` needs {}", missing.join(", "));
        return Err(ErrorData::invalid_params(message, None));
    }
    let argument = |name: &str| arguments.get(name).and_then(printed);
    let messages = match &prompt.content {
        PromptContent::Inline(messages) => messages
            .iter()
            .map(|message| {
                let role = match message.role {
                    PromptRole::User => Role::User,
                    PromptRole::Assistant => Role::Assistant,
                };
                PromptMessage::new_text(role, message.text.fill(argument))
            })
            .collect(),
        PromptContent::File(file) => {
            let Ok(text) = view.engine.files().prompt(*file) else {
                let origin = &prompt.origin;
                let message = format!("the file of prompt `{name}` cannot be read ({}:{})", origin.file, origin.line);
                return Err(ErrorData::internal_error(message, None));
            };
            vec![PromptMessage::new_text(Role::User, text.fill(argument))]
        }
    };
    let mut result = GetPromptResult::new(messages);
    result.description = prompt.description.as_deref().map(Into::into);
    Ok(result)
}

/// Known values of an argument that begin with what is typed.
pub(super) fn complete(view: &View, request: &CompleteRequestParams) -> Result<CompleteResult, ErrorData> {
    let Reference::Prompt(reference) = &request.r#ref else { return Ok(CompleteResult::default()) };
    let prompt = find(view, &reference.name)?;
    let typed = request.argument.value.to_lowercase();
    let Some(argument) = prompt.arguments.iter().find(|a| *a.name == *request.argument.name) else {
        let message = format!("Invalid params: prompt `{}` has no argument `{}`", prompt.name, request.argument.name);
        return Err(ErrorData::invalid_params(message, None));
    };
    let fitting = || argument.values.iter().filter(|value| value.to_lowercase().starts_with(&typed));
    let total = fitting().count();
    let mut completion = CompletionInfo::default();
    completion.values = fitting().take(CompletionInfo::MAX_VALUES).map(|value| (**value).into()).collect();
    completion.total = u32::try_from(total).ok();
    completion.has_more = Some(total > completion.values.len());
    Ok(CompleteResult::new(completion))
}

fn find<'v>(view: &'v View, name: &str) -> Result<&'v Prompt, ErrorData> {
    let mut prompts = view.mcp().into_iter().flat_map(|mcp| &mcp.prompts);
    let found = prompts.find(|prompt| *prompt.name == *name);
    found.ok_or_else(|| ErrorData::invalid_params(format!("Unknown prompt: {name}"), None))
}

/// An argument as it stands in a text; null fills nothing.
fn printed(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.into()),
        other => Some(other.to_string().into()),
    }
}
