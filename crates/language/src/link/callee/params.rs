//! The parameters an operation has, its own before its resource's and its API's, and the place of each (rule PARAM-IN-DEFAULT).

use super::super::{names::norm, place::Where, rule::Rule};
use crate::{
    diagnostic::Code,
    model::{Consume, Operation, Param},
};

/// The effective parameters of `op`, each name once for a place; one without a name is dropped.
pub(super) fn params<'d>(
    op: &Operation<'d>,
    api: &Consume<'d>,
    holes: &[&str],
    base_holes: &[String],
    getish: bool,
    rules: &mut Vec<Rule>,
) -> Vec<(Param<'d>, Where)> {
    let mut params: Vec<(Param<'d>, Where)> = Vec::new();
    for param in op.params.iter().chain(&op.resource_params).chain(&api.params) {
        if param.name.value.is_empty() {
            continue;
        }
        let place = declared(param).unwrap_or_else(|| {
            let name = param.name.value;
            let is_hole = holes.contains(&name) || holes.iter().any(|hole| norm(hole) == norm(name));
            let (place, word) = if is_hole || base_holes.iter().any(|h| h == name) {
                (Where::Path, "path")
            } else if getish {
                (Where::Query, "query")
            } else {
                (Where::Body, "body")
            };
            if param.place.is_none() {
                let message = format!("parameter `{name}` says no `in`: it goes into the {word}");
                rules.push((Code::ParamInDefault, param.name.span, message));
            }
            place
        });
        if !params.iter().any(|(p, w)| p.name.value == param.name.value && *w == place) {
            params.push((param.clone(), place));
        }
    }
    params
}

/// The place a parameter's `in` names, when it names one.
fn declared(param: &Param<'_>) -> Option<Where> {
    let word = param.place?;
    Some(match word.value.trim().to_ascii_lowercase().as_str() {
        "path" => Where::Path,
        "query" => Where::Query,
        "header" | "headers" => Where::Header,
        "cookie" => Where::Cookie,
        "body" | "formdata" | "form" => Where::Body,
        "environment" => Where::Environment,
        // Another word was complained about where it was read.
        _ => return None,
    })
}
