//! Applies output mappings to a decoded response. Shapes recurse fully; what the response does not hold is null.

pub(crate) mod wanted;

use std::borrow::Cow;

use capstan_plan::{
    Format, Outputs, Selector, Shape,
    budget::{Budget, Effort},
    selector::follow,
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
            // A list that XML left out is one only where no later output has a value.
            let mut left_out = Json::Null;
            for shape in shapes {
                let value = shaped(shape, &response, with)?;
                if with.lone && value.as_array().is_some_and(Vec::is_empty) {
                    left_out = value;
                } else if !value.is_null() {
                    return Ok(value);
                }
            }
            Ok(left_out)
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
        Shape::Array { root: new, item } => {
            let found = match with.lone {
                true => lone(new.as_ref(), root, item.as_deref(), with.budget)?,
                false => several(new.as_ref(), root, with.budget)?,
            };
            let Some(items) = found else { return Ok(Json::Null) };
            match item {
                None => Json::Array(items.into_owned()),
                Some(item) => {
                    let items = items.iter().map(|element| shaped(item, element, with));
                    Json::Array(items.collect::<Result<_, _>>()?)
                }
            }
        }
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

/// The elements of a list; nothing where there is no list.
fn several<'v>(selector: Option<&Selector>, root: &'v Json, budget: &Budget) -> Result<Option<Cow<'v, [Json]>>, Fault> {
    let found = match selector {
        None => Some(Cow::Borrowed(root)),
        Some(selector) => selected(selector, root, budget)?,
    };
    Ok(match found {
        Some(Cow::Borrowed(Json::Array(items))) => Some(Cow::Borrowed(items)),
        Some(Cow::Owned(Json::Array(items))) => Some(Cow::Owned(items)),
        _ => None,
    })
}

/// The elements of a list where one element looks like itself and none leaves nothing, as in XML.
fn lone<'v>(
    selector: Option<&Selector>,
    root: &'v Json,
    item: Option<&Shape>,
    budget: &Budget,
) -> Result<Option<Cow<'v, [Json]>>, Fault> {
    let each = selector.and_then(Selector::each);
    let found = match (selector, each) {
        (None, _) => Some(Cow::Borrowed(root)),
        (Some(_), Some(steps)) => follow(root, steps).map(Cow::Borrowed),
        (Some(selector), None) => selected(selector, root, budget)?,
    };
    // An element without content has no members to map.
    let is_nothing = |element: &Json| match element {
        Json::Null => true,
        Json::String(text) => text.trim().is_empty() && matches!(item, Some(Shape::Object { .. })),
        _ => false,
    };
    Ok(Some(match found {
        None => Cow::Borrowed(&[]),
        Some(Cow::Borrowed(Json::Array(items))) => Cow::Borrowed(items),
        // What a search finds several times is one list.
        Some(Cow::Owned(Json::Array(items))) => {
            let lists = items.into_iter().flat_map(|found| match found {
                Json::Array(inner) => inner,
                other => vec![other],
            });
            Cow::Owned(lists.filter(|element| !is_nothing(element)).collect())
        }
        Some(element) if is_nothing(&element) => Cow::Borrowed(&[]),
        Some(Cow::Borrowed(element)) => Cow::Borrowed(std::slice::from_ref(element)),
        Some(Cow::Owned(element)) => Cow::Owned(vec![element]),
    }))
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
