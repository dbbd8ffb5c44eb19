//! Fills templates from a frame. A template is filled once: values are never read again as templates.

use std::borrow::Cow;

use capstan_plan::{
    Escape, PathStep, ScalarType, Selector, SlotId, Template,
    budget::{Budget, Effort, Exceeded},
    selector::follow,
};
use serde_json::{Map, Value as Json};

use crate::{
    base::bindings::Bindings,
    base::encode,
    base::fault::{CallerFault, CapabilityFault, Fault, UpstreamFault},
    base::value::{Cell, Inputs, Value},
    template::computed::{Computed, is_truthy, scalar, unreadable},
    template::expression,
    template::functions::Functions,
};

/// Everything a template can see.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) frame: &'a Inputs,
    pub(crate) bindings: &'a Bindings,
    pub(crate) functions: &'a Functions,
    item: Option<&'a Json>,
    effort: Effort,
    /// What the repetitions of one template may spend together.
    budget: Option<&'a Budget>,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(frame: &'a Inputs, bindings: &'a Bindings, functions: &'a Functions) -> Self {
        Self { frame, bindings, functions, item: None, effort: Effort::InPlace, budget: None }
    }

    /// The same with another effort.
    pub(crate) fn with(self, effort: Effort) -> Self {
        Self { effort, ..self }
    }

    /// How much may be spent on each template.
    pub(crate) fn effort(self) -> Effort {
        self.effort
    }

    /// The fault of a template that takes more than it may: it is theirs who gave what it reads.
    fn too_costly(self, template: &Template, name: &str, exceeded: Exceeded) -> Fault {
        let mut slots = Vec::new();
        template.slots(&mut slots);
        let detail = format!("`{name}`: {exceeded}");
        if slots.iter().any(|slot| self.frame.is_of_step(*slot)) {
            Fault::upstream(UpstreamFault::TooCostly, detail)
        } else if slots.is_empty() {
            Fault::capability(CapabilityFault::TooCostly, detail)
        } else {
            Fault::caller(CallerFault::TooCostly, detail)
        }
    }

    /// The value of a template; nothing when it is absent.
    pub(crate) fn eval(self, template: &'a Template) -> Result<Option<Computed<'a>>, Fault> {
        Ok(match template {
            Template::Literal(json) => Some(Computed::json(json)),
            Template::Slot(slot, path) => {
                let Some(cell) = self.frame.cell(*slot) else { return Ok(None) };
                if path.is_empty() {
                    Some(Computed::borrowed(&cell.value))
                } else {
                    members(cell)?.and_then(|json| walk(json, path)).map(Computed::json)
                }
            }
            Template::Select(slot, selector) => self.select(template, *slot, selector)?.map(Computed::Json),
            Template::Binding(id) => self.bindings.get(*id).map(|text| Computed::Text(Cow::Borrowed(text))),
            Template::Item(path) => self.item.and_then(|item| walk(item, path)).map(Computed::json),
            Template::Text(parts) => {
                let mut out = String::new();
                for part in parts {
                    if let Some(value) = self.eval(part)? {
                        value.write_text(&mut out);
                    }
                }
                Some(Computed::Text(Cow::Owned(out)))
            }
            Template::First(parts) => return self.first(parts),
            Template::Object(members) => {
                let mut object = Map::with_capacity(members.len());
                self.members(members, &mut object)?;
                Some(Computed::owned(Json::Object(object)))
            }
            Template::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    if let Some(value) = self.eval(item)? {
                        list.push(value.readable_json()?.into_owned());
                    }
                }
                Some(Computed::owned(Json::Array(list)))
            }
            Template::Merge(base, members) => self.merge(base, members)?,
            Template::Section { over, inverted, body } => {
                let own = self.budget.is_none().then(|| Budget::new(self.effort));
                let inner = Scope { budget: self.budget.or(own.as_ref()), ..self };
                inner.section(template, over, *inverted, body)?.map(Cow::Owned).map(Computed::Text)
            }
            Template::Coerce(kind, inner) => self.eval(inner)?.map(|value| coerce(*kind, value)),
            Template::Escape(escape, inner) => self.escape(*escape, inner)?,
            Template::Expression(expression) => {
                let mut values = Vec::with_capacity(expression.names.len());
                for (name, template) in &expression.names {
                    values.push((name.clone(), expression::operand(self.eval(template)?)));
                }
                expression::eval(expression, values, self.functions, self.effort).map_err(|why| {
                    why.into_fault(expression, |exceeded| self.too_costly(template, &expression.source, exceeded))
                })?
            }
        })
    }

    /// The first part that has a value.
    fn first(self, parts: &'a [Template]) -> Result<Option<Computed<'a>>, Fault> {
        for part in parts {
            if let Some(value) = self.eval(part)? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// What a selector finds in a slot's value.
    fn select(self, template: &Template, slot: SlotId, selector: &'a Selector) -> Result<Option<Cow<'a, Json>>, Fault> {
        let Some(json) = self.frame.cell(slot).and_then(|cell| cell.json()) else { return Ok(None) };
        let budget = Budget::new(self.effort);
        selector.select(json, &budget).map_err(|exceeded| self.too_costly(template, selector.text(), exceeded))
    }

    /// The printed value of a template; nothing when it is absent.
    pub(crate) fn text(self, template: &'a Template) -> Result<Option<Cow<'a, str>>, Fault> {
        Ok(self.eval(template)?.map(Computed::into_text))
    }

    fn members(self, members: &'a [(Box<str>, Template)], object: &mut Map<String, Json>) -> Result<(), Fault> {
        for (name, template) in members {
            if let Some(value) = self.eval(template)? {
                object.insert(name.to_string(), value.readable_json()?.into_owned());
            }
        }
        Ok(())
    }

    fn merge(self, base: &'a Template, members: &'a [(Box<str>, Template)]) -> Result<Option<Computed<'a>>, Fault> {
        let base = self.eval(base)?;
        let mut over = Map::new();
        self.members(members, &mut over)?;
        if over.is_empty() {
            return Ok(base);
        }
        let mut object = base.map(Computed::into_members).transpose()?.unwrap_or_default();
        object.extend(over);
        Ok(Some(Computed::owned(Json::Object(object))))
    }

    fn section(
        self,
        template: &Template,
        over: &Template,
        inverted: bool,
        body: &Template,
    ) -> Result<Option<String>, Fault> {
        let over = self.eval(over)?.map(Computed::into_json);
        let holds = over.as_deref().is_some_and(is_truthy);
        let mut out = String::new();
        match (inverted, over.as_deref()) {
            (true, _) if !holds => self.inside(None, body, &mut out)?,
            (false, Some(Json::Array(items))) => {
                for item in items {
                    let before = out.len();
                    self.inside(Some(item), body, &mut out)?;
                    let charge = |budget: &Budget| budget.step(1).and_then(|()| budget.make_bytes(out.len() - before));
                    self.budget.map_or(Ok(()), charge).map_err(|why| self.too_costly(template, "{{#", why))?;
                }
            }
            (false, Some(value)) if holds => self.inside(Some(value), body, &mut out)?,
            _ => {}
        }
        Ok(Some(out))
    }

    /// Prints a section's body for one item.
    fn inside(self, item: Option<&Json>, body: &Template, out: &mut String) -> Result<(), Fault> {
        let scope = Scope { item: item.or(self.item), ..self };
        if let Some(value) = scope.eval(body)? {
            value.write_text(out);
        }
        Ok(())
    }

    fn escape(self, escape: Escape, inner: &'a Template) -> Result<Option<Computed<'a>>, Fault> {
        let value = self.eval(inner)?;
        let text = match (escape, value) {
            (Escape::JsonValue, None) => "null".to_owned(),
            (Escape::JsonValue, Some(value)) => value.into_json().to_string(),
            (_, None) => return Ok(None),
            (Escape::JsonString, Some(value)) => {
                let quoted = Json::String(value.into_text().into_owned()).to_string();
                quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
            }
            (Escape::Url, Some(value)) => encode::path(&value.into_text()),
            (Escape::Xml, Some(value)) => encode::xml(&value.into_text()),
            (Escape::Form, Some(value)) => {
                let mut out = String::new();
                encode::form(&mut out, &value.into_text());
                out
            }
        };
        Ok(Some(Computed::Text(Cow::Owned(text))))
    }
}

/// The value whose members a path names. A body that cannot be read has none: that is an error, not an absence.
fn members(cell: &Cell) -> Result<Option<&Json>, Fault> {
    match (cell.json(), &cell.value) {
        (Some(json), _) => Ok(Some(json)),
        (None, Value::Bytes { data, .. }) if !data.is_empty() => match serde_json::from_slice::<Json>(data) {
            Ok(_) => Ok(None),
            Err(error) => Err(unreadable(&error)),
        },
        (None, _) => Ok(None),
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

fn coerce<'a>(kind: ScalarType, value: Computed<'a>) -> Computed<'a> {
    match &value {
        Computed::Text(text) => scalar(kind, text).map_or(value, Computed::owned),
        Computed::Bytes { data, .. } => {
            std::str::from_utf8(data).ok().and_then(|text| scalar(kind, text)).map_or(value, Computed::owned)
        }
        Computed::Json(_) => value,
    }
}
