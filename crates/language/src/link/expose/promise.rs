//! What an operation or a tool promises of its answer: the structure its mapping builds with the types its outputs declare, or what
//! an OpenAPI document says of an answer that is passed on. Anything may be null, because an upstream may leave it out.

use capstan_plan::{Flow, Mapping, Outcome, Outputs, Structured, Target};
use serde_json::{Map, Value, json};

use super::super::{context::Context, flow::referred, unit::LinkedUnit};
use crate::model::{OutputDecl, UnitDecl, ValueKind, json_type};

/// What the answers of a linked unit look like; nothing when nobody says. The outputs are those of the flow it refers to, where that
/// has some.
pub(super) fn promised(
    context: &Context<'_, '_>,
    linked: &LinkedUnit<'_>,
    decl: &UnitDecl<'_>,
) -> Option<Map<String, Value>> {
    let Target::Flow(id) = &linked.unit.target else { return None };
    let flow = decl.reference.and_then(|reference| referred(context.spec, reference.value));
    let outputs = flow.map(|(_, flow)| &flow.outputs).filter(|outputs| !outputs.is_empty()).unwrap_or(&decl.outputs);
    answer(context.flows.get(*id)?, outputs, linked.answer.as_ref())
}

fn answer(flow: &Flow, declared: &[OutputDecl<'_>], documented: Option<&Value>) -> Option<Map<String, Value>> {
    match &flow.outcome {
        Outcome::Response { outputs, .. } => match (outputs, declared) {
            (Outputs::Identity, _) => documented?.as_object().cloned(),
            (Outputs::First(shapes), [only]) if shapes.len() == 1 => Some(described(only)),
            (Outputs::First(_), _) => None,
            (Outputs::Named(_), _) => Some(named(declared)),
        },
        Outcome::Output { outputs, .. } => match (outputs, declared) {
            (Outputs::Identity | Outputs::First(_), [only]) => Some(described(only)),
            (Outputs::Identity | Outputs::First(_), _) => None,
            (Outputs::Named(_), _) => Some(named(declared)),
        },
        Outcome::Mapped { mappings, .. } => Some(mapped(mappings, declared)),
        // Only constant outputs say what they are.
        Outcome::Mock(mock) => (!declared.is_empty() && mock.request.is_none()).then(|| named(declared)),
    }
}

/// A promise as tools make it, and how answers come to satisfy it: clients want an object at the root.
pub(super) fn structured(mut schema: Map<String, Value>) -> Option<(Map<String, Value>, Structured)> {
    let types: Vec<&str> = match schema.get("type")? {
        Value::String(word) => vec![word],
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    if types.contains(&"object") {
        schema.insert("type".to_owned(), json!("object"));
        return Some((schema, Structured::Object));
    }
    let wrapped = json!({ "type": "object", "properties": { "result": schema }, "required": ["result"] });
    Some((wrapped.as_object()?.clone(), Structured::Result))
}

/// An object with a member for each output.
fn named(outputs: &[OutputDecl<'_>]) -> Map<String, Value> {
    let name = |(at, output): (usize, &OutputDecl<'_>)| {
        (output.name.map_or_else(|| format!("value{at}"), |name| name.to_string()), described(output).into())
    };
    object(outputs.iter().enumerate().map(name).collect())
}

/// An object with a member for each target of a mapping.
fn mapped(mappings: &[Mapping], declared: &[OutputDecl<'_>]) -> Map<String, Value> {
    let member = |mapping: &Mapping| {
        let name = mapping.target.first()?.to_string();
        let output = declared.iter().find(|output| output.name.is_some_and(|known| *known.value == *name));
        Some((name, output.map(described).unwrap_or_default().into()))
    };
    object(mappings.iter().filter_map(member).collect())
}

fn object(properties: Map<String, Value>) -> Map<String, Value> {
    Map::from_iter([("type".to_owned(), json!("object")), ("properties".to_owned(), properties.into())])
}

/// The schema of one output.
fn described(output: &OutputDecl<'_>) -> Map<String, Value> {
    let mut schema = Map::new();
    if let Some(ty) = type_of(output) {
        schema.insert("type".to_owned(), json!([ty, "null"]));
    }
    if let Some(text) = output.description {
        schema.insert("description".to_owned(), json!(text));
    }
    if !output.properties.is_empty() {
        let members =
            output.properties.iter().filter_map(|part| Some((part.name?.to_string(), described(part).into())));
        schema.insert("properties".to_owned(), Value::Object(members.collect()));
    } else if let Some(items) = &output.items {
        schema.insert("items".to_owned(), described(items).into());
    } else if let Some(values) = &output.values {
        schema.insert("additionalProperties".to_owned(), described(values).into());
    } else if schema.get("type") == Some(&json!(["array", "null"])) {
        // Several clients refuse arrays that do not say what they hold.
        schema.insert("items".to_owned(), json!({}));
    }
    schema
}

/// The type of an output: of what its mapping builds, of its constant, or as declared.
fn type_of(output: &OutputDecl<'_>) -> Option<&'static str> {
    if !output.properties.is_empty() {
        return Some("object");
    }
    if output.items.is_some() {
        return Some("array");
    }
    if output.values.is_some() {
        return Some("object");
    }
    let constant = output.fixed().filter(|value| matches!(value.kind(), ValueKind::Plain));
    output.ty.and_then(json_type).or_else(|| match constant?.to_json() {
        Value::Bool(_) => Some("boolean"),
        Value::Number(number) if !number.is_f64() => Some("integer"),
        Value::Number(_) => Some("number"),
        _ => None,
    })
}
