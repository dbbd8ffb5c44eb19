//! What callers get from an operation or tool: whether it is mapped, of what shape it is, and where each part of it is read.

use std::collections::BTreeMap;

use capstan_plan::{Flow, Mock, MockBody, Outcome, Outputs, ScalarType, Schema, Selector, Shape, Template};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::types::{Member, Type};

/// What a unit answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// Whether it is made here; else it is the upstream's, as it comes.
    pub mapped: bool,
    /// What it is, as far as that is known.
    pub shape: Type,
    /// Where its parts are read in the upstream's answer, by their place in ours.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reads: BTreeMap<String, String>,
}

impl Answer {
    /// What a flow answers. A declared schema says better than the mapping what it is.
    #[must_use]
    pub fn of(flow: &Flow, declared: Option<&Schema>) -> Self {
        let mut answer = match &flow.outcome {
            Outcome::Response { outputs, .. } | Outcome::Output { outputs, .. } => Self::of_outputs(outputs),
            Outcome::Mapped { mappings, .. } => {
                let mut shape = Type::named("object");
                for mapping in mappings {
                    place(&mut shape, &mapping.target);
                }
                Self { mapped: true, shape, ..Self::default() }
            }
            Outcome::Mock(mock) => Self { mapped: true, shape: of_mock(mock), ..Self::default() },
        };
        if let Some(schema) = declared {
            answer.shape = Type::of(schema);
        }
        answer
    }

    fn of_outputs(outputs: &Outputs) -> Self {
        let mut answer = Self { mapped: true, ..Self::default() };
        match outputs {
            Outputs::Identity => answer.mapped = false,
            Outputs::First(shapes) => {
                for (nth, shape) in shapes.iter().enumerate().rev() {
                    // The first one that gives a value answers; the others are named by their position.
                    let at = if nth == 0 { String::new() } else { format!("|{nth}") };
                    answer.shape = answer.part(shape, &at);
                }
            }
            Outputs::Named(members) => answer.shape = answer.object(members, ""),
        }
        answer
    }

    /// The type of one part, remembering where it is read.
    fn part(&mut self, shape: &Shape, at: &str) -> Type {
        match shape {
            Shape::Select(selector) => {
                self.read(at, selector);
                Type::default()
            }
            Shape::Constant(template) => of_template(template),
            Shape::Object { root, fields } => {
                root.iter().for_each(|root| self.read(at, root));
                self.object(fields, at)
            }
            Shape::Array { root, item } => {
                root.iter().for_each(|root| self.read(at, root));
                let items = item.as_ref().map(|item| Box::new(self.part(item, &format!("{at}[]"))));
                Type { items, ..Type::named("array") }
            }
            Shape::Map { root, value } => {
                root.iter().for_each(|root| self.read(at, root));
                self.part(value, &join(at, "*"));
                Type::named("object")
            }
            Shape::MaxLength(shape, _) => self.part(shape, at),
        }
    }

    fn object(&mut self, fields: &[(Box<str>, Shape)], at: &str) -> Type {
        let member = |(name, shape): &(Box<str>, Shape)| {
            let kind = self.part(shape, &join(at, name));
            (name.to_string(), Member { required: true, kind, ..Member::default() })
        };
        Type { properties: fields.iter().map(member).collect(), ..Type::named("object") }
    }

    fn read(&mut self, at: &str, selector: &Selector) {
        self.reads.insert(at.to_owned(), selector.text().trim().to_owned());
    }
}

/// The place of a member.
pub(super) fn join(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

/// Makes room for a nested member.
fn place(shape: &mut Type, path: &[Box<str>]) {
    let Some((first, rest)) = path.split_first() else { return };
    let member =
        shape.properties.entry(first.to_string()).or_insert_with(|| Member { required: false, ..Member::default() });
    if !rest.is_empty() {
        member.kind.names.insert("object".to_owned());
        place(&mut member.kind, rest);
    }
}

/// What a computed answer is, when there is but one.
fn of_mock(mock: &Mock) -> Type {
    match mock.cases.as_ref() {
        [only] => match &only.body {
            MockBody::Json(template) => of_template(template),
            MockBody::Text { .. } => Type::named("string"),
            MockBody::None | MockBody::File { .. } => Type::default(),
        },
        _ => Type::default(),
    }
}

fn of_template(template: &Template) -> Type {
    match template {
        Template::Literal(value) => Type::of_value(value),
        Template::Object(members) => {
            let member = |(name, template): &(Box<str>, Template)| {
                // One without a value is left out.
                let required =
                    template.is_constant() && !matches!(template, Template::Literal(value) if **value == Value::Null);
                (name.to_string(), Member { required, kind: of_template(template), ..Member::default() })
            };
            Type { properties: members.iter().map(member).collect(), ..Type::named("object") }
        }
        Template::List(_) => Type::named("array"),
        Template::Text(_) => Type::named("string"),
        Template::Coerce(kind, _) => Type::named(match kind {
            ScalarType::Integer => "integer",
            ScalarType::Number => "number",
            ScalarType::Boolean => "boolean",
        }),
        _ => Type::default(),
    }
}
