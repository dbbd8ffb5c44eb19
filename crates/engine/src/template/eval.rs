//! Fills templates from a frame. A template is filled once: values are never read again as templates.

use std::borrow::Cow;

use bytes::Bytes;
use capstan_plan::{BindingId, Escape, PathStep, ScalarType, Template, selector::follow};
use serde_json::{Map, Value as Json};
use zeroize::Zeroizing;

use crate::{
    base::encode,
    base::fault::Fault,
    base::value::Inputs,
    template::expression,
    template::functions::Functions,
    template::print::{Val, scalar, truthy},
};

/// The values of an engine's bindings.
#[derive(Default)]
pub(crate) struct Bindings(Vec<Option<Zeroizing<String>>>);

impl Bindings {
    pub(crate) fn push(&mut self, value: Option<String>) {
        self.0.push(value.map(Zeroizing::new));
    }

    pub(crate) fn get(&self, id: BindingId) -> Option<&str> {
        self.0.get(usize::from(id)).and_then(Option::as_ref).map(|value| value.as_str())
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().map(|value| value.as_str())
    }
}

/// Everything a template can see.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) frame: &'a Inputs,
    pub(crate) bindings: &'a Bindings,
    pub(crate) functions: &'a Functions,
    item: Option<&'a Json>,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(frame: &'a Inputs, bindings: &'a Bindings, functions: &'a Functions) -> Self {
        Self { frame, bindings, functions, item: None }
    }

    /// The value of a template; nothing when it is absent.
    pub(crate) fn eval(self, template: &'a Template) -> Result<Option<Val<'a>>, Fault> {
        Ok(match template {
            Template::Literal(json) => Some(Val::json(json)),
            Template::Slot(slot, path) => {
                let Some(cell) = self.frame.cell(*slot) else { return Ok(None) };
                if path.is_empty() {
                    Some(Val::borrowed(&cell.value))
                } else {
                    cell.json().and_then(|json| walk(json, path)).map(Val::json)
                }
            }
            Template::Binding(id) => self.bindings.get(*id).map(|text| Val::Text(Cow::Borrowed(text))),
            Template::Item(path) => self.item.and_then(|item| walk(item, path)).map(Val::json),
            Template::Text(parts) => {
                let mut out = String::new();
                for part in parts {
                    if let Some(value) = self.eval(part)? {
                        value.print(&mut out);
                    }
                }
                Some(Val::Text(Cow::Owned(out)))
            }
            Template::First(parts) => {
                for part in parts {
                    if let Some(value) = self.eval(part)? {
                        return Ok(Some(value));
                    }
                }
                None
            }
            Template::Object(members) => {
                let mut object = Map::with_capacity(members.len());
                self.members(members, &mut object)?;
                Some(Val::owned(Json::Object(object)))
            }
            Template::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    if let Some(value) = self.eval(item)? {
                        list.push(value.into_json().into_owned());
                    }
                }
                Some(Val::owned(Json::Array(list)))
            }
            Template::Merge(base, members) => self.merge(base, members)?,
            Template::Section { over, inverted, body } => self.section(over, *inverted, body)?,
            Template::Coerce(kind, inner) => self.eval(inner)?.map(|value| coerce(*kind, value)),
            Template::Escape(escape, inner) => self.escape(*escape, inner)?,
            Template::Expression(expression) => expression::eval(self, expression)?,
        })
    }

    /// The printed value of a template; nothing when it is absent.
    pub(crate) fn text(self, template: &'a Template) -> Result<Option<Cow<'a, str>>, Fault> {
        Ok(self.eval(template)?.map(Val::printed))
    }

    fn members(self, members: &'a [(Box<str>, Template)], object: &mut Map<String, Json>) -> Result<(), Fault> {
        for (name, template) in members {
            if let Some(value) = self.eval(template)? {
                object.insert(name.to_string(), value.into_json().into_owned());
            }
        }
        Ok(())
    }

    fn merge(self, base: &'a Template, members: &'a [(Box<str>, Template)]) -> Result<Option<Val<'a>>, Fault> {
        let base = self.eval(base)?;
        let mut over = Map::new();
        self.members(members, &mut over)?;
        if over.is_empty() {
            return Ok(base);
        }
        let base = base.map(|value| value.into_json().into_owned());
        let mut object = match base {
            Some(Json::Object(object)) => object,
            _ => Map::new(),
        };
        object.extend(over);
        Ok(Some(Val::owned(Json::Object(object))))
    }

    fn section(self, over: &'a Template, inverted: bool, body: &'a Template) -> Result<Option<Val<'a>>, Fault> {
        let over = self.eval(over)?.map(Val::into_json);
        let holds = over.as_deref().is_some_and(truthy);
        let mut out = String::new();
        match (inverted, over.as_deref()) {
            (true, _) if !holds => self.inside(None, body, &mut out)?,
            (false, Some(Json::Array(items))) => {
                for item in items {
                    self.inside(Some(item), body, &mut out)?;
                }
            }
            (false, Some(value)) if holds => self.inside(Some(value), body, &mut out)?,
            _ => {}
        }
        Ok(Some(Val::Text(Cow::Owned(out))))
    }

    /// Prints a section's body for one item.
    fn inside(self, item: Option<&Json>, body: &Template, out: &mut String) -> Result<(), Fault> {
        let scope =
            Scope { frame: self.frame, bindings: self.bindings, functions: self.functions, item: item.or(self.item) };
        if let Some(value) = scope.eval(body)? {
            value.print(out);
        }
        Ok(())
    }

    fn escape(self, escape: Escape, inner: &'a Template) -> Result<Option<Val<'a>>, Fault> {
        let value = self.eval(inner)?;
        let text = match (escape, value) {
            (Escape::JsonValue, None) => "null".to_owned(),
            (Escape::JsonValue, Some(value)) => value.into_json().to_string(),
            (_, None) => return Ok(None),
            (Escape::JsonString, Some(value)) => {
                let quoted = Json::String(value.printed().into_owned()).to_string();
                quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
            }
            (Escape::Xml, Some(value)) => encode::xml(&value.printed()),
            (Escape::Form, Some(value)) => {
                let mut out = String::new();
                encode::form(&mut out, &value.printed());
                out
            }
        };
        Ok(Some(Val::Text(Cow::Owned(text))))
    }
}

/// Follows a path; members whose name contains dots are found too.
fn walk<'v>(json: &'v Json, path: &[PathStep]) -> Option<&'v Json> {
    if let Some(found) = follow(json, path) {
        return Some(found);
    }
    // `a.b` may be one member called `a.b`.
    let (head, _) = path.split_first()?;
    let PathStep::Field(name) = head else { return None };
    let mut joined = name.to_string();
    for taken in 2..=path.len() {
        let PathStep::Field(next) = path.get(taken - 1)? else { return None };
        joined.push('.');
        joined.push_str(next);
        if let Some(inner) = json.get(&joined) {
            return walk(inner, path.get(taken..)?);
        }
    }
    None
}

fn coerce<'a>(kind: ScalarType, value: Val<'a>) -> Val<'a> {
    match &value {
        Val::Text(text) => scalar(kind, text).map_or(value, Val::owned),
        Val::Bytes { data, .. } => {
            std::str::from_utf8(data).ok().and_then(|text| scalar(kind, text)).map_or(value, Val::owned)
        }
        Val::Json(_) => value,
    }
}

/// The bytes of a printed value.
pub(crate) fn into_bytes(value: Val<'_>) -> Bytes {
    match value {
        Val::Bytes { data, .. } => data,
        other => Bytes::from(other.printed().into_owned()),
    }
}
