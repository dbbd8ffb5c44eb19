//! Applies output mappings to a decoded response. Shapes recurse fully; what the response does not hold is null.

pub(crate) mod wanted;

use std::borrow::Cow;

use capstan_plan::{
    Format, Outputs, Selector, Shape,
    budget::{Budget, Effort},
};
use serde_json::{Map, Value as Json};

use crate::{
    base::fault::{CallerFault, Fault, UpstreamFault},
    template::computed::Computed,
    template::scope::Scope,
};

/// The answer an output mapping makes of a response; null when nothing yields a value.
pub(crate) fn apply(outputs: &Outputs, response: Json, format: Format, scope: Scope<'_>) -> Result<Json, Fault> {
    let budget = Budget::new(scope.effort());
    let with = Shaping { scope, lone: format == Format::Xml, budget: &budget };
    match outputs {
        Outputs::Identity => Ok(response),
        Outputs::First(shapes) => {
            for shape in shapes {
                let value = shaped(shape, &response, with)?;
                if !value.is_null() {
                    return Ok(value);
                }
            }
            Ok(Json::Null)
        }
        Outputs::Named(members) => {
            let mut object = Map::with_capacity(members.len());
            for (name, shape) in members {
                object.insert(name.to_string(), shaped(shape, &response, with)?);
            }
            Ok(Json::Object(object))
        }
    }
}

/// What shapes are applied with.
#[derive(Clone, Copy)]
struct Shaping<'a> {
    scope: Scope<'a>,
    /// A list of one looks like its element, as in XML.
    lone: bool,
    budget: &'a Budget,
}

fn shaped(shape: &Shape, root: &Json, with: Shaping<'_>) -> Result<Json, Fault> {
    Ok(match shape {
        Shape::Select(selector) => selected(selector, root, with.budget)?.map_or(Json::Null, Cow::into_owned),
        Shape::Constant(template) => {
            let value = with.scope.eval(template)?.map_or(Cow::Owned(Json::Null), Computed::into_json);
            // One value of the caller may stand in every element of a list.
            with.budget.copy(&value).map_err(|why| Fault::caller(CallerFault::TooCostly, why.to_string()))?;
            value.into_owned()
        }
        Shape::Object { root: new, fields } => at(new.as_ref(), root, with.budget, |root| {
            if new.is_some() && root.is_null() {
                return Ok(Json::Null);
            }
            let mut object = Map::with_capacity(fields.len());
            for (name, field) in fields {
                object.insert(name.to_string(), shaped(field, root, with)?);
            }
            Ok(Json::Object(object))
        })?,
        Shape::Array { root: new, item } => at(new.as_ref(), root, with.budget, |root| {
            let items = match root {
                Json::Array(items) => items.as_slice(),
                element if with.lone && !element.is_null() => std::slice::from_ref(element),
                _ => return Ok(Json::Null),
            };
            let Some(item) = item else { return Ok(Json::Array(items.to_vec())) };
            items.iter().map(|element| shaped(item, element, with)).collect::<Result<Vec<_>, _>>().map(Json::Array)
        })?,
        Shape::Map { root: new, value } => at(new.as_ref(), root, with.budget, |root| {
            let Json::Object(members) = root else { return Ok(Json::Null) };
            let mut object = Map::with_capacity(members.len());
            for (name, member) in members {
                object.insert(name.clone(), shaped(value, member, with)?);
            }
            Ok(Json::Object(object))
        })?,
        Shape::MaxLength(inner, limit) => match shaped(inner, root, with)? {
            Json::String(text) => match text.char_indices().nth(*limit) {
                Some((end, _)) => Json::String(text.get(..end).unwrap_or_default().to_owned()),
                None => Json::String(text),
            },
            other => other,
        },
    })
}

/// Runs `f` on the new root; null where it leads nowhere.
fn at(
    selector: Option<&Selector>,
    root: &Json,
    budget: &Budget,
    f: impl FnOnce(&Json) -> Result<Json, Fault>,
) -> Result<Json, Fault> {
    match selector {
        None => f(root),
        Some(selector) => match selected(selector, root, budget)? {
            Some(value) => f(&value),
            None => Ok(Json::Null),
        },
    }
}

/// What a selector leads to in an upstream's answer.
fn selected<'v>(selector: &Selector, root: &'v Json, budget: &Budget) -> Result<Option<Cow<'v, Json>>, Fault> {
    let too_costly = |why| Fault::upstream(UpstreamFault::TooCostly, format!("`{}`: {why}", selector.text()));
    selector.select(root, budget).map_err(too_costly)
}

/// What a call step keeps of its decoded answer.
pub(crate) fn kept(output: &capstan_plan::StepOutput, decoded: Json, effort: Effort) -> Result<Json, Fault> {
    use capstan_plan::StepOutput;
    let members = match output {
        StepOutput::Raw => return Ok(decoded),
        StepOutput::Single(selector) => {
            let found = selected(selector, &decoded, &Budget::new(effort))?;
            return Ok(found.map_or(Json::Null, Cow::into_owned));
        }
        StepOutput::Named(members) => members,
    };
    let budget = Budget::new(effort);
    let select = |value: &Json, mut object: Map<String, Json>| {
        for (name, selector) in members {
            let found = selected(selector, value, &budget)?.map_or(Json::Null, Cow::into_owned);
            object.insert(name.to_string(), found);
        }
        Ok(Json::Object(object))
    };
    match decoded {
        Json::Array(items) => {
            let items = items.iter().map(|item| select(item, item.as_object().cloned().unwrap_or_default()));
            items.collect::<Result<_, _>>().map(Json::Array)
        }
        Json::Object(_) => select(&decoded, Map::with_capacity(members.len())),
        other => Ok(other),
    }
}

/// Sets a nested member of an answer; scalars in the way are replaced.
pub(crate) fn set(object: &mut Map<String, Json>, target: &[Box<str>], value: Computed<'_>) {
    let Some((last, parents)) = target.split_last() else { return };
    let mut at = object;
    for name in parents {
        let member = at.entry(name.to_string()).or_insert_with(|| Json::Object(Map::new()));
        if !member.is_object() {
            *member = Json::Object(Map::new());
        }
        let Json::Object(inner) = member else { return };
        at = inner;
    }
    at.insert(last.to_string(), value.into_json().into_owned());
}

#[cfg(test)]
mod tests;
