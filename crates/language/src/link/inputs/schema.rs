//! The JSON Schema clients see for an input (rule I13).

use serde_json::{Map, Value, json};

use super::draft::Draft;
use crate::{document::Node, model::Param};

impl Draft<'_> {
    /// The JSON Schema shown to clients, and whether it is enforced: only what the author of the exposure (or an OpenAPI
    /// document) declared is.
    pub(in crate::link) fn schema(&self) -> (Value, bool) {
        if let Some(schema) = &self.schema {
            return (schema.clone(), true);
        }
        let mut schema = Map::new();
        let mut enforced = false;
        if let Some(param) = &self.declared {
            enforced = keywords(param, &mut schema);
        }
        if let Some(param) = &self.feeds {
            let mut borrowed = Map::new();
            keywords(param, &mut borrowed);
            for (key, value) in borrowed {
                if !(key == "type" && schema.contains_key("type")) {
                    schema.entry(key).or_insert(value);
                }
            }
        }
        (Value::Object(schema), enforced)
    }
}

/// Adds a parameter's schema keywords; says whether it constrains anything.
fn keywords(param: &Param<'_>, schema: &mut Map<String, Value>) -> bool {
    let mut constrained = false;
    if let Some(inner) =
        param.node.get("schema").map(Node::to_json).and_then(|v| if let Value::Object(m) = v { Some(m) } else { None })
    {
        constrained |= !inner.is_empty();
        schema.extend(inner);
    }
    if let Some(ty) = param.ty.map(str::trim).map(str::to_ascii_lowercase)
        && let Some(ty) = json_type(&ty)
    {
        schema.insert("type".to_owned(), ty);
        constrained = true;
    }
    if let Some(description) = param.description {
        schema.insert("description".to_owned(), json!(description));
    }
    for key in ["pattern", "format", "minimum", "maximum", "minLength", "maxLength", "enum"] {
        if let Some(node) = param.node.get(key) {
            let fits = match key {
                "pattern" | "format" => node.as_str().is_some(),
                "enum" => node.as_seq().is_some(),
                _ => node.as_number().is_some(),
            };
            if fits {
                schema.insert(key.to_owned(), node.to_json());
                constrained |= key != "format";
            }
        }
    }
    for key in ["items", "properties"] {
        if let Some(node) = param.node.get(key).filter(|n| n.as_map().is_some()) {
            schema.insert(key.to_owned(), members(node, key));
        }
    }
    if let Some(required) = param.node.get("required").filter(|n| n.as_seq().is_some()) {
        schema.insert("required".to_owned(), required.to_json());
    }
    if let Some(default) = param.default {
        schema.insert("default".to_owned(), default.to_json());
    }
    if let Some(example) = param.node.get("example") {
        schema.insert("examples".to_owned(), json!([example.to_json()]));
    } else if let Some(examples) = param.node.get("examples").filter(|n| n.as_seq().is_some()) {
        schema.insert("examples".to_owned(), examples.to_json());
    }
    constrained
}

/// Nested parameter declarations as JSON Schema: `required: true` inside a member moves to the parent.
fn members(node: &Node, key: &str) -> Value {
    if key == "items" {
        return nested(node);
    }
    let members = node.as_map().unwrap_or_default();
    Value::Object(members.iter().map(|e| (e.key.value.to_string(), nested(&e.value))).collect())
}

fn nested(node: &Node) -> Value {
    let mut out = Map::new();
    for entry in node.as_map().unwrap_or_default() {
        let value = match &*entry.key.value {
            "type" => match entry.value.as_str().map(str::to_ascii_lowercase).as_deref().and_then(json_type) {
                Some(ty) => ty,
                None => continue,
            },
            "properties" | "items" if entry.value.as_map().is_some() => members(&entry.value, &entry.key.value),
            "name" | "in" | "mapping" | "value" => continue,
            "required" if entry.value.as_seq().is_none() => continue,
            _ => entry.value.to_json(),
        };
        out.insert(entry.key.value.to_string(), value);
    }
    Value::Object(out)
}

fn json_type(word: &str) -> Option<Value> {
    Some(Value::from(match word {
        "string" | "text" | "str" | "uuid" | "date" | "datetime" | "date-time" | "uri" | "url" | "email" => "string",
        "integer" | "int" | "long" => "integer",
        "number" | "float" | "double" => "number",
        "boolean" | "bool" => "boolean",
        "array" | "list" => "array",
        "object" | "map" => "object",
        _ => return None,
    }))
}
