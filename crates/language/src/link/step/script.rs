//! A script step: what runs, confined to its folder, and the names its `context` holds.

use capstan_plan::{FileId, FilePath, FileUse, Script, Template};

use super::super::{context::Context, linking::Linking, origins::Origins, scope::Target};
use crate::{
    diagnostic::{Code, Defect, Sink},
    model::{ScriptDecl, Scripting, StepDecl},
    source::{Span, Spanned},
};

/// Why a script is not run.
struct Refused {
    span: Span,
    message: String,
    help: &'static str,
}

/// Links a script step.
pub(in crate::link) fn step<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    declared: &StepDecl<'d>,
    script: &ScriptDecl<'d>,
    sink: &mut Sink,
) -> Result<Script, Defect> {
    let settings = &context.spec.scripting;
    let allowed = allowed(settings, declared.span, script)
        .and_then(|()| folder(settings, declared.span, script, &context.origins));
    let folder = allowed.map_err(|refused| {
        let Refused { span, message, help } = refused;
        sink.error(Code::Unsupported, span, message).help(help).path(&declared.key_path).defect()
    })?;
    let (timeout_ms, statements) = (settings.timeout_ms.unwrap_or(60_000), settings.statements.unwrap_or(100_000));
    let names = names(context, linking, script, sink);
    Ok(Script { files: files(context, &folder, script), context: names, timeout_ms, statements })
}

/// Whether scripts run here, and in this language.
fn allowed(settings: &Scripting<'_>, step: Span, script: &ScriptDecl<'_>) -> Result<(), Refused> {
    if let Some(span) = settings.disabled {
        let message = "scripts are disabled by `management.scripting.enabled`".to_owned();
        return Err(Refused { span, message, help: "set it to true, or remove the step" });
    }
    let by_extension = script.file.value.ends_with(".js").then(|| Spanned::new("javascript", script.file.span));
    let Some(language) = script.language.or(settings.language).or(by_extension) else {
        let message = "the script step names no `language`".to_owned();
        return Err(Refused { span: step, message, help: "add `language: javascript`" });
    };
    if !is_javascript(language) {
        let message = format!("scripts in {} are not supported", language.value);
        return Err(Refused { span: language.span, message, help: "rewrite the script in JavaScript" });
    }
    if !settings.allowed.is_empty() && !settings.allowed.iter().copied().any(is_javascript) {
        let message = "`javascript` is not among `allowedLanguages`".to_owned();
        return Err(Refused { span: language.span, message, help: "add it there, or remove the step" });
    }
    Ok(())
}

fn is_javascript(language: Spanned<&str>) -> bool {
    matches!(language.value, "javascript" | "js")
}

/// The folder the script is confined to; every file of the step stays inside it.
fn folder(
    settings: &Scripting<'_>,
    step: Span,
    script: &ScriptDecl<'_>,
    origins: &Origins<'_>,
) -> Result<FilePath, Refused> {
    let Some(location) = script.location.or(settings.location) else {
        let message = "the script step names no `location`".to_owned();
        return Err(Refused {
            span: step,
            message,
            help: "add the folder of the script, such as `location: ./scripts`",
        });
    };
    let Some(path) = FilePath::beside(origins.folder(location.span), location.value) else {
        let message = format!("`{}` is not a folder", location.value);
        return Err(Refused { span: location.span, message, help: "use file:///path or ./path" });
    };
    for name in std::iter::once(&script.file).chain(&script.dependencies) {
        if !name.value.split('/').all(is_plain_name) {
            let message = format!("`{}` does not stay inside the script folder", name.value);
            return Err(Refused { span: name.span, message, help: "use names below `location` only" });
        }
    }
    Ok(path)
}

fn is_plain_name(part: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    !matches!(part, "" | "." | "..") && part.chars().all(plain)
}

/// The files evaluated, the main one last.
fn files(context: &mut Context<'_, '_>, folder: &FilePath, script: &ScriptDecl<'_>) -> Box<[(Box<str>, FileId)]> {
    let files = script.dependencies.iter().chain(std::iter::once(&script.file));
    files
        .map(|file| {
            let usage = FileUse::Script { folder: folder.clone() };
            let id = context.files.enter(folder.join(file.value), usage, context.origins.at(file.span));
            (file.value.into(), id)
        })
        .collect()
}

/// Every name the script's `context` holds: inputs, bound values, step outputs, then `with`.
fn names<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    script: &ScriptDecl<'d>,
    sink: &mut Sink,
) -> Box<[(Box<str>, Template)]> {
    linking.derived.inputs.drafts.iter_mut().for_each(|draft| draft.mentioned = true);
    let inputs = linking.derived.inputs.drafts.iter().map(|d| (d.name.as_str(), d.slot));
    let bound = linking.bound.iter().map(|b| (b.name.as_str(), b.slot));
    let steps = linking.steps.iter().map(|s| (s.name.as_str(), s.slot));
    let mut names: Vec<(Box<str>, Template)> =
        inputs.chain(bound).chain(steps).map(|(name, slot)| (name.into(), Template::slot(slot))).collect();
    for entry in linking.scope(context).bind(&script.with, Target::ANYTHING, sink) {
        names.extend(entry.template.map(|template| (entry.key.value.into(), template)));
    }
    names.into_boxed_slice()
}
