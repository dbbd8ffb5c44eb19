//! What a value may be, as callers see it: the part of a JSON Schema that decides whether old callers still fit. Made from schemas
//! and compared as values; the words for it are for people alone.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Schemas nested deeper are not looked into: references may go round in circles.
const DEEPEST: usize = 12;

/// What a value may be. What is not said is not restricted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Type {
    /// The JSON types; any when there is none.
    #[serde(rename = "type", skip_serializing_if = "BTreeSet::is_empty")]
    pub names: BTreeSet<String>,
    /// The values; any when there is none.
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
    /// What the elements of an array are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<Self>>,
    /// The members of an object.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, Member>,
    /// Whether an object has no other members.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
}

/// One member of an object, or one parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Member {
    /// Whether it is always there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Prose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it is.
    #[serde(flatten)]
    pub kind: Type,
}

impl Type {
    /// A type of that name, and no more said of it.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { names: BTreeSet::from([name.to_owned()]), ..Self::default() }
    }

    /// What a schema says.
    #[must_use]
    pub fn of(schema: &Value) -> Self {
        Reader { root: schema }.read(schema, DEEPEST)
    }

    /// What a value is.
    #[must_use]
    pub fn of_value(value: &Value) -> Self {
        match value {
            Value::Object(members) => {
                let member = |(name, value): (&String, &Value)| {
                    (name.clone(), Member { required: true, kind: Self::of_value(value), ..Member::default() })
                };
                Self { properties: members.iter().map(member).collect(), ..Self::named("object") }
            }
            other => Self::named(name_of(other)),
        }
    }

    /// Whether everything that is of this type is of the other one too, members of objects left aside.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        if !other.values.is_empty() {
            return !self.values.is_empty() && self.values.iter().all(|value| other.values.contains(value));
        }
        if other.names.is_empty() {
            return true;
        }
        let items = |items: &Self| self.items.as_ref().is_some_and(|mine| mine.is_within(items));
        if self.names.contains("array") && !other.items.as_deref().is_none_or(items) {
            return false;
        }
        let fits = |name: &str| other.names.contains(name) || (name == "integer" && other.names.contains("number"));
        match (self.values.is_empty(), self.names.is_empty()) {
            (false, _) => self.values.iter().all(|value| fits(name_of(value))),
            (true, false) => self.names.iter().all(|name| fits(name)),
            (true, true) => false,
        }
    }

    /// Whether both say the same, what members and elements are left aside.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.names == other.names && self.values == other.values && self.items.is_some() == other.items.is_some()
    }

    /// The type in words.
    #[must_use]
    pub fn words(&self) -> String {
        if !self.values.is_empty() {
            let values: Vec<String> = self.values.iter().map(Value::to_string).collect();
            return format!("one of {}", values.join(" "));
        }
        let word = |name: &String| match &self.items {
            Some(items) if name == "array" => format!("array of {}", items.words()),
            _ => name.clone(),
        };
        match self.names.len() {
            0 => "any".to_owned(),
            _ => self.names.iter().map(word).collect::<Vec<_>>().join(" or "),
        }
    }
}

/// The JSON type of a value; whole numbers are integers.
fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The members a schema of an object has.
#[must_use]
pub(super) fn members(schema: &Map<String, Value>) -> BTreeMap<String, Member> {
    let whole = Value::Object(schema.clone());
    Type::of(&whole).properties
}

struct Reader<'s> {
    /// Where references begin.
    root: &'s Value,
}

impl Reader<'_> {
    fn read(&self, schema: &Value, depth: usize) -> Type {
        let (Value::Object(schema), Some(depth)) = (schema, depth.checked_sub(1)) else { return Type::default() };
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let target = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            return target.map(|target| self.read(target, depth)).unwrap_or_default();
        }
        if let Some(choices) = ["anyOf", "oneOf"].iter().find_map(|word| schema.get(*word)?.as_array()) {
            return one_of(choices.iter().map(|choice| self.read(choice, depth)).collect());
        }
        let names = match schema.get("type") {
            Some(Value::String(name)) => BTreeSet::from([name.clone()]),
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => BTreeSet::new(),
        };
        let values = match (schema.get("enum"), schema.get("const")) {
            (Some(Value::Array(values)), _) => values.clone(),
            (_, Some(value)) => vec![value.clone()],
            _ => Vec::new(),
        };
        let required = |name: &str| {
            let list = schema.get("required").and_then(Value::as_array);
            list.is_some_and(|list| list.iter().any(|item| item == name))
        };
        let member = |(name, schema): (&String, &Value)| {
            let description = schema.get("description").and_then(Value::as_str).map(str::to_owned);
            (name.clone(), Member { required: required(name), description, kind: self.read(schema, depth) })
        };
        let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        Type {
            names,
            values,
            items: schema.get("items").map(|items| Box::new(self.read(items, depth))),
            properties: properties.map(member).collect(),
            closed: schema.get("additionalProperties") == Some(&Value::Bool(false)),
        }
    }
}

/// What a value is that is of one of these types.
fn one_of(choices: Vec<Type>) -> Type {
    let mut all = Type::default();
    let several = choices.len() > 1;
    let constants = choices.iter().all(|choice| !choice.values.is_empty());
    for choice in choices {
        if constants {
            all.values.extend(choice.values);
        } else if choice.names.is_empty() {
            // One that is not restricted leaves all of it unrestricted.
            return Type::default();
        }
        all.names.extend(choice.names);
        all.items = all.items.or(choice.items);
        // What only some choices have need not be there.
        let optional =
            |(name, member): (String, Member)| (name, Member { required: member.required && !several, ..member });
        all.properties.extend(choice.properties.into_iter().map(optional));
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Type;

    #[test]
    fn what_fits_is_decided_by_values_and_not_by_words() {
        let of = |schema| Type::of(&schema);
        let within = |one, other| of(one).is_within(&of(other));
        assert!(within(json!({"type": "integer"}), json!({"type": ["number", "null"]})));
        assert!(!within(json!({"type": "number"}), json!({"type": "integer"})));
        assert!(within(json!({"enum": ["a"]}), json!({"enum": ["a", "b"]})));
        assert!(!within(json!({"enum": ["a", "c"]}), json!({"enum": ["a", "b"]})));
        // Words inside of values mean nothing.
        assert!(!within(json!({"type": "string"}), json!({"enum": ["this or string or that"]})));
        assert!(!within(json!({"enum": ["left", "right"]}), json!({"enum": ["left or right"]})));
        assert!(within(json!({"enum": [1, 2]}), json!({"type": "number"})));
        assert!(within(json!({"type": "string"}), json!({})));
        assert!(!within(json!({}), json!({"type": "string"})));
        assert!(within(json!({"type": "string"}), json!({"anyOf": [{"type": "string"}, {"type": "null"}]})));
    }

    #[test]
    fn references_and_choices_are_opened_and_end() {
        let schema = json!({
            "type": "object",
            "properties": {"at": {"$ref": "#/$defs/place"}, "again": {"$ref": "#"}},
            "$defs": {"place": {"type": "object", "properties": {"lat": {"type": "number"}}, "required": ["lat"]}},
        });
        let kind = Type::of(&schema);
        assert!(kind.properties["at"].kind.properties["lat"].required);
        assert_eq!(
            Type::of(&json!({"type": "array", "items": {"type": ["string", "null"]}})).words(),
            "array of null or string"
        );
        assert_eq!(Type::of(&json!({"oneOf": [{"const": "a"}, {"const": "b"}]})).words(), r#"one of "a" "b""#);
    }
}
