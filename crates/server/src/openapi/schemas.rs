//! Schemas as they stand in a document. A schema of a plan is a document of its own, with references into itself; here these lead to
//! shared schemas.

use serde_json::{Map, Value, json};

use super::components::Components;

/// Keywords that say which document a schema is, which it is no longer.
const OWN: &[&str] = &["$schema", "$id", "$anchor", "$dynamicAnchor", "$vocabulary"];

/// Keywords that hold schemas others refer to.
const DEFINITIONS: &[&str] = &["$defs", "definitions"];

/// Keywords whose values are data.
const DATA: &[&str] = &["const", "enum", "default", "example", "examples"];

/// A schema, with what it refers to moved among the shared ones under names like `name`.
pub(super) fn placed(schema: &Value, name: &str, components: &mut Components) -> Value {
    let mut schema = schema.clone();
    strip(&mut schema);
    if !refers(&schema) {
        drop_definitions(&mut schema);
        return schema;
    }
    let root = components.name(name);
    redirect(&mut schema, &root);
    components.define(root.clone(), schema);
    json!({ "$ref": format!("#/components/schemas/{root}") })
}

/// A schema and its description apart: a parameter has the words, its schema the rest.
pub(super) fn described(mut schema: Value) -> (Value, Option<Value>) {
    let description = schema.as_object_mut().and_then(|members| members.shift_remove("description"));
    (schema, description)
}

/// Takes keywords away that make a document of a schema.
fn strip(schema: &mut Value) {
    if let Value::Object(members) = schema {
        members.retain(|key, _| !OWN.contains(&key.as_str()));
    }
}

fn drop_definitions(schema: &mut Value) {
    if let Value::Object(members) = schema {
        members.retain(|key, value| !(DEFINITIONS.contains(&key.as_str()) && value.is_object()));
    }
}

/// Whether a reference stands anywhere in a schema.
fn refers(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => members
            .iter()
            .any(|(key, value)| key == "$ref" && value.is_string() || (!DATA.contains(&key.as_str()) && refers(value))),
        Value::Array(items) => items.iter().any(refers),
        _ => false,
    }
}

/// Makes references into a schema lead to where the schema stands now. What leads out of it describes nothing here.
fn redirect(schema: &mut Value, root: &str) {
    match schema {
        Value::Object(members) => {
            let target = members.get("$ref").and_then(Value::as_str).map(|to| target(to, root));
            match target {
                Some(Some(target)) => {
                    members.insert("$ref".to_owned(), target.into());
                }
                Some(None) => *members = Map::new(),
                None => {}
            }
            for (_, value) in members.iter_mut().filter(|(key, _)| !DATA.contains(&key.as_str())) {
                redirect(value, root);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redirect(item, root)),
        _ => {}
    }
}

fn target(reference: &str, root: &str) -> Option<String> {
    let pointer = reference.strip_prefix('#')?;
    (pointer.is_empty() || pointer.starts_with('/')).then(|| format!("#/components/schemas/{root}{pointer}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_lead_to_the_shared_schema() {
        let mut components = Components::default();
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {"child": {"$ref": "#"}, "at": {"$ref": "#/$defs/place"}, "far": {"$ref": "other.json"}},
            "$defs": {"place": {"type": "string"}},
            "default": {"$ref": "#"},
        });
        assert_eq!(placed(&schema, "get item", &mut components), json!({"$ref": "#/components/schemas/get_item"}));
        let shared = &components.value()["schemas"]["get_item"];
        assert_eq!(shared["properties"]["child"], json!({"$ref": "#/components/schemas/get_item"}));
        assert_eq!(shared["properties"]["at"], json!({"$ref": "#/components/schemas/get_item/$defs/place"}));
        assert_eq!(shared["properties"]["far"], json!({}));
        assert_eq!(shared["default"], json!({"$ref": "#"}));
    }

    #[test]
    fn a_schema_without_references_stays_where_it_is() {
        let mut components = Components::default();
        let plain =
            json!({"type": "object", "properties": {"definitions": {"type": "string"}}, "$defs": {"unused": {}}});
        let placed = placed(&plain, "x", &mut components);
        assert_eq!(placed, json!({"type": "object", "properties": {"definitions": {"type": "string"}}}));
        assert_eq!(components.value(), json!({}));
    }
}
