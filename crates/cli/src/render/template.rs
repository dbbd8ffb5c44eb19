//! Templates as people write them: names in braces, everything else as it is.

use capstan_engine::is_secret;
use capstan_plan::{Flow, Outputs, Plan, Selector, Shape, SlotId, Template};
use serde_json::{Map, Value};

/// What names mean where a template stands.
#[derive(Clone, Copy)]
pub(super) struct Names<'p> {
    /// The plan whose bindings are meant.
    pub(super) plan: &'p Plan,
    /// The flow whose inputs and steps are meant.
    pub(super) flow: Option<&'p Flow>,
}

impl Names<'_> {
    fn slot(&self, slot: SlotId) -> String {
        let Some(flow) = self.flow else { return "request".to_owned() };
        let input = flow.inputs.iter().find(|input| input.slot == slot).map(|input| input.name.to_string());
        let step = || flow.steps.iter().find(|step| step.slot == slot).map(|step| step.name.to_string());
        input.or_else(step).unwrap_or_else(|| "value".to_owned())
    }

    /// A template as a value; `name` says what it is for, so that a secret that was written out is not shown.
    pub(super) fn value(&self, name: &str, template: &Template) -> Value {
        match template {
            Template::Literal(value) => match value.as_str() {
                Some(text) if is_secret(name, text) => "***".into(),
                _ => (**value).clone(),
            },
            Template::Object(members) => self.members(members).into(),
            Template::Merge(base, members) => {
                let mut all = self.members(members);
                all.insert("...".to_owned(), self.value(name, base));
                all.into()
            }
            Template::List(items) => items.iter().map(|item| self.value(name, item)).collect(),
            other => self.text(other).into(),
        }
    }

    fn members(&self, members: &[(Box<str>, Template)]) -> Map<String, Value> {
        members.iter().map(|(name, value)| (name.to_string(), self.value(name, value))).collect()
    }

    /// A template as text.
    pub(super) fn text(&self, template: &Template) -> String {
        match template {
            Template::Literal(value) => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
            Template::Text(parts) => parts.iter().map(|part| self.text(part)).collect(),
            Template::Section { over, inverted, body } => {
                let sign = if *inverted { '^' } else { '#' };
                let name = self.bare(over);
                format!("{{{{{sign}{name}}}}}{}{{{{/{name}}}}}", self.text(body))
            }
            Template::Coerce(_, inner) | Template::Escape(_, inner) => self.text(inner),
            Template::Object(_) | Template::List(_) | Template::Merge(..) => self.value("", template).to_string(),
            other => format!("{{{{{}}}}}", self.bare(other)),
        }
    }

    /// What stands between braces.
    fn bare(&self, template: &Template) -> String {
        match template {
            Template::Slot(slot, steps) => format!("{}{}", self.slot(*slot), path(steps)),
            Template::Select(slot, selector) => format!("{} {}", self.slot(*slot), selector.text()),
            Template::Binding(id) => self.plan.bindings.get(*id).map_or("?", |binding| &binding.name).to_owned(),
            Template::Item(steps) => format!(".{}", path(steps).trim_start_matches('.')),
            Template::Expression(expression) => expression.source.trim().to_owned(),
            Template::First(parts) => parts.iter().map(|part| self.bare(part)).collect::<Vec<_>>().join(" or "),
            Template::Coerce(_, inner) | Template::Escape(_, inner) => self.bare(inner),
            other => self.text(other),
        }
    }

    /// What an answer becomes.
    pub(super) fn outputs(&self, outputs: &Outputs) -> Value {
        match outputs {
            Outputs::Identity => "as it came".into(),
            Outputs::First(shapes) => match &**shapes {
                [one] => self.shape(one),
                several => several.iter().map(|shape| self.shape(shape)).collect(),
            },
            Outputs::Named(shapes) => self.shapes(shapes).into(),
        }
    }

    fn shapes(&self, shapes: &[(Box<str>, Shape)]) -> Map<String, Value> {
        shapes.iter().map(|(name, shape)| (name.to_string(), self.shape(shape))).collect()
    }

    fn shape(&self, shape: &Shape) -> Value {
        let rooted = |root: &Option<Selector>| root.as_ref().map(|root| root.text().to_owned());
        match shape {
            Shape::Select(selector) => selector.text().into(),
            Shape::Constant(template) => self.value("", template),
            Shape::Object { root, fields } => {
                let mut all = Map::new();
                all.extend(rooted(root).map(|root| ("(within)".to_owned(), root.into())));
                all.append(&mut self.shapes(fields));
                all.into()
            }
            Shape::Array { root, item } => {
                let mut all = Map::new();
                all.insert("(each of)".to_owned(), rooted(root).unwrap_or_else(|| "$".to_owned()).into());
                all.extend(item.as_ref().map(|item| ("(as)".to_owned(), self.shape(item))));
                all.into()
            }
            Shape::Map { root, value } => {
                let mut all = Map::new();
                all.insert("(each value of)".to_owned(), rooted(root).unwrap_or_else(|| "$".to_owned()).into());
                all.insert("(as)".to_owned(), self.shape(value));
                all.into()
            }
            Shape::MaxLength(shape, most) => {
                let mut all = Map::new();
                all.insert(format!("(at most {most} characters)"), self.shape(shape));
                all.into()
            }
        }
    }
}

fn path(steps: &[capstan_plan::PathStep]) -> String {
    steps
        .iter()
        .map(|step| match step {
            capstan_plan::PathStep::Field(key) => format!(".{key}"),
            capstan_plan::PathStep::Index(at) => format!("[{at}]"),
        })
        .collect()
}
