//! What is made is compiled as a strict check compiles it, and what does not pass is left out, until the rest does.

use std::collections::HashSet;

use super::{
    capability::{capability, variables},
    groups::{Group, groups},
    select::Selection,
    stage::Stage,
    wanted::Left,
};
use crate::{
    compile::{Compilation, Options, compile},
    diagnostic::Diagnostic,
    format::{self, Style},
    openapi::{OpenApiHandle, Readings},
    render,
};

/// How often what does not pass is left out.
const ROUNDS: usize = 4;

/// What passed.
pub(super) struct Settled {
    pub(super) operations: usize,
    pub(super) left: Vec<Left>,
    /// The variables it needs.
    pub(super) variables: Vec<String>,
    /// Those with a value when nobody says otherwise.
    pub(super) defaults: Vec<(String, String)>,
}

/// Makes the capability.
pub(super) fn settled(
    stage: &mut Stage<'_>,
    api: &OpenApiHandle,
    selection: &Selection,
    readings: &Readings,
) -> Result<Settled, String> {
    let mut left = Vec::new();
    let listed = selection.of(api)?;
    let name = stage.name().to_owned();
    let mut groups = groups(api, listed, &name, &mut left);
    for _ in 0..=ROUNDS {
        groups.retain(|group| !group.operations.is_empty());
        if groups.is_empty() {
            return Err(nothing(&left));
        }
        write(stage, api, &groups)?;
        let options = Options { strict: true, readings: readings.clone(), ..Options::default() };
        let Compilation { diagnostics, .. } = compile(stage, &stage.capability(), &options);
        let errors: Vec<&Diagnostic> = diagnostics.iter().filter(|one| one.is_error()).collect();
        if errors.is_empty() {
            break;
        }
        let found = leave_out(&mut groups, &errors);
        if found.is_empty() {
            // It concerns the whole; whoever runs a check sees it too.
            let messages: Vec<String> = errors.iter().take(3).map(|error| error.message.clone()).collect();
            left.push(Left { what: "nothing, but a strict check says".to_owned(), why: messages.join("; ") });
            break;
        }
        left.extend(found);
    }
    let defaults = groups.iter().flat_map(|group| &group.base.variables);
    let mut defaults: Vec<(String, String)> =
        defaults.filter_map(|(name, value)| Some((name.clone(), value.clone()?))).collect();
    defaults.dedup();
    let operations = groups.iter().map(|group| group.operations.len()).sum();
    Ok(Settled { operations, left, variables: variables(&groups), defaults })
}

fn nothing(left: &[Left]) -> String {
    match left.first() {
        Some(Left { what, why }) => format!("no operation of the document can be used; {what}: {why}"),
        None => "the document has no operations".to_owned(),
    }
}

/// Writes the capability in the canonical layout.
fn write(stage: &mut Stage<'_>, api: &OpenApiHandle, groups: &[Group<'_>]) -> Result<(), String> {
    let document = stage.copy().ok_or_else(|| "there is no copy of the document".to_owned())?;
    let value = capability(stage.name(), &document, api, groups);
    let path = stage.capability();
    let text = render::yaml(&value, 0);
    let text = match format::format(&path.display().to_string(), &text, Style::default()) {
        Ok(text) => text.into_owned(),
        Err(left) => return Err(left.0.join("; ")),
    };
    stage.make(path, text);
    Ok(())
}

/// Leaves out the operations that errors are about.
fn leave_out(groups: &mut [Group<'_>], errors: &[&Diagnostic]) -> Vec<Left> {
    let mut left = Vec::new();
    let mut gone: HashSet<String> = HashSet::new();
    for error in errors {
        let named = error.unit.clone().or_else(|| unit_at(groups, &error.path));
        let Some(name) = named else { continue };
        for group in groups.iter_mut() {
            let is_it = |unit: &str| unit == name || unit == name.rsplit('.').next().unwrap_or_default();
            if let Some(at) = group.operations.iter().position(|one| is_it(&one.name)) {
                let one = group.operations.remove(at);
                if gone.insert(one.name.clone()) {
                    left.push(Left { what: format!("{} {}", one.method, one.path), why: error.message.clone() });
                }
            }
        }
    }
    left
}

/// The operation whose consumed side stands at a key path.
fn unit_at(groups: &[Group<'_>], path: &str) -> Option<String> {
    let index = |key: &str| -> Option<usize> {
        let after = path.split_once(&format!("{key}["))?.1;
        after.split_once(']')?.0.parse().ok()
    };
    if !path.contains("consumes[") {
        return None;
    }
    let group = groups.get(index("consumes")?)?;
    let mut paths: Vec<&str> = Vec::new();
    group.operations.iter().for_each(|one| {
        if !paths.contains(&one.path) {
            paths.push(one.path);
        }
    });
    let path = paths.get(index("resources")?)?;
    let of_path = group.operations.iter().filter(|one| one.path == *path);
    of_path.clone().nth(index("operations").unwrap_or(0)).map(|one| one.name.clone())
}
