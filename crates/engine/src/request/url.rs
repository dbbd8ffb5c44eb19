//! Paths and query strings of upstream requests. Values are encoded, so they can neither leave their segment nor add
//! parameters.

use std::fmt::Write as _;

use capstan_plan::{PathPart, QueryPart, Serialization, Template};
use serde_json::Value as Json;

use super::serialize;

use crate::{
    base::encode,
    base::fault::{CallerFault, Fault, Violation},
    base::url_path::{join, traverses},
    target::address::Target,
    template::computed::{Computed, write_text},
    template::scope::Scope,
};

/// The path and query of a request. `fields` are a credential's: they replace placeholders and parameters of the same name.
pub(crate) fn path_and_query(
    target: &Target,
    path: &[PathPart],
    query: &[QueryPart],
    scope: Scope<'_>,
    path_fields: &[(Box<str>, String)],
    query_fields: &[(Box<str>, String)],
) -> Result<String, Fault> {
    let own = written_path(path, scope, path_fields)?;
    if traverses(&own) {
        return Err(left(path, scope));
    }
    let mut out = join(&target.path, &own);
    if !out.starts_with('/') {
        out.insert(0, '/');
    }
    let start = out.len();
    if !target.query.is_empty() {
        out.push('&');
        out.push_str(&target.query);
    }
    for part in query {
        if part.name.is_empty() || query_fields.iter().any(|(name, _)| *name == part.name) {
            continue;
        }
        if let Some(value) = scope.eval(&part.value)? {
            match part.serialization {
                Some(how) => serialize::pairs(&mut out, &part.name, &value.into_json(), how),
                None => pair(&mut out, &part.name, &value),
            }
        }
    }
    for (name, value) in query_fields {
        one(&mut out, name, value);
    }
    if out.len() > start {
        out.replace_range(start..=start, "?");
    }
    Ok(out)
}

/// The path behind the base.
fn written_path(path: &[PathPart], scope: Scope<'_>, path_fields: &[(Box<str>, String)]) -> Result<String, Fault> {
    let mut own = String::new();
    for part in path {
        match part {
            PathPart::Literal(text) => own.push_str(&encode::literal_path(text)),
            PathPart::Value { name, value, serialization: Some(how) } if field(path_fields, name).is_none() => {
                own.push_str(&styled(scope, name, value, *how)?);
            }
            PathPart::Value { name, value, .. } => {
                let value =
                    field(path_fields, name).map_or_else(|| segment(scope, name, value, true), |v| Ok(Some(v)))?;
                own.push_str(&encode::path(&value.unwrap_or_default()));
            }
            PathPart::Segment { name, value, required } => {
                let value =
                    field(path_fields, name).map_or_else(|| segment(scope, name, value, *required), |v| Ok(Some(v)))?;
                if let Some(value) = value {
                    own.push('/');
                    own.push_str(&encode::path(&value));
                }
            }
        }
    }
    Ok(own)
}

fn field(fields: &[(Box<str>, String)], name: &str) -> Option<String> {
    fields.iter().find(|(known, _)| &**known == name).map(|(_, value)| value.clone())
}

/// A value for one path segment, in its documented style.
fn styled(scope: Scope<'_>, name: &str, template: &Template, how: Serialization) -> Result<String, Fault> {
    let value = scope.eval(template)?.filter(|value| !value.is_null());
    let text = value.map(|value| serialize::segment(name, &value.into_json(), how)).unwrap_or_default();
    if text.is_empty() { Err(needed(name)) } else { Ok(text) }
}

/// A value for one path segment; a list of scalars is comma-separated.
fn segment(scope: Scope<'_>, name: &str, template: &Template, required: bool) -> Result<Option<String>, Fault> {
    let value = scope.eval(template)?.filter(|value| !value.is_null());
    let text = match value {
        Some(Computed::Json(json)) if json.as_array().is_some_and(|items| items.iter().all(is_scalar)) => {
            let mut out = String::new();
            for (at, item) in json.as_array().into_iter().flatten().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_text(item, &mut out);
            }
            Some(out)
        }
        Some(value) => Some(value.into_text().into_owned()),
        None => None,
    };
    let text = text.filter(|text| !text.is_empty());
    if text.is_none() && required {
        return Err(needed(name));
    }
    Ok(text)
}

fn needed(name: &str) -> Fault {
    let mut fault = Fault::caller(CallerFault::MissingInput, format!("`{name}` is needed for the upstream path"));
    fault.violations.push(Violation::missing(name));
    fault
}

fn is_scalar(json: &Json) -> bool {
    !matches!(json, Json::Array(_) | Json::Object(_))
}

/// The fault of a path that would lead elsewhere: it names the value that makes it do so.
fn left(path: &[PathPart], scope: Scope<'_>) -> Fault {
    let values = path.iter().filter_map(|part| match part {
        PathPart::Literal(_) => None,
        PathPart::Value { name, value, .. } | PathPart::Segment { name, value, .. } => Some((name, value)),
    });
    let leads_away = |value: &Template| matches!(scope.text(value), Ok(Some(text)) if traverses(&encode::path(&text)));
    let mut fault = Fault::caller(CallerFault::InvalidInput, "a value makes the upstream path lead elsewhere");
    for (name, _) in values.filter(|(_, value)| leads_away(value)) {
        fault.violations.push(Violation {
            name: name.clone(),
            pointer: Box::default(),
            place: None,
            message: format!(
                "`{name}` makes the upstream path lead elsewhere: `.` and `..` are refused in any encoding"
            ),
            expected: Some("a name without dot segments".to_owned()),
            example: None,
            missing: false,
            whole_body: false,
        });
    }
    fault
}

/// Appends `&name=value`, once per element of a list; null is left out.
fn pair(out: &mut String, name: &str, value: &Computed<'_>) {
    match value {
        Computed::Json(json) => match &**json {
            Json::Null => {}
            Json::Array(items) => items.iter().for_each(|item| pair(out, name, &Computed::json(item))),
            _ => {
                let mut text = String::new();
                value.write_text(&mut text);
                one(out, name, &text);
            }
        },
        Computed::Text(text) => one(out, name, text),
        Computed::Bytes { data, .. } => one(out, name, &String::from_utf8_lossy(data)),
    }
}

fn one(out: &mut String, name: &str, value: &str) {
    out.push('&');
    encode::form(out, name);
    let _ = out.write_char('=');
    encode::form(out, value);
}

/// A JSON object as `application/x-www-form-urlencoded`: lists repeat, null is left out.
pub(crate) fn form_body(object: &serde_json::Map<String, Json>) -> String {
    let mut out = String::new();
    for (name, value) in object {
        pair(&mut out, name, &Computed::json(value));
    }
    if !out.is_empty() {
        out.remove(0);
    }
    out
}

#[cfg(test)]
mod tests;
