//! What a tool takes, as clients see it (rule I13): the root is a plain object, which is what clients can show, and it says that there
//! are no further arguments unless some body takes them.

use capstan_plan::{FlatBody, More};
use serde_json::{Map, Value, json};

use super::super::super::inputs::Draft;

/// The arguments of a tool.
pub(super) struct Arguments {
    /// The flat object schema of the listed inputs.
    pub(super) schema: Map<String, Value>,
    /// How the rest becomes a body.
    pub(super) body: Option<FlatBody>,
}

/// The arguments that fill these inputs.
pub(super) fn shown(drafts: &[Draft<'_>]) -> Arguments {
    let mut properties = Map::new();
    let mut required: Vec<Value> = Vec::new();
    for draft in drafts.iter().filter(|d| !d.whole_body && d.listed) {
        properties.insert(draft.name.clone(), draft.shown().into());
        if draft.required() {
            required.push(json!(draft.name));
        }
    }
    let body = drafts.iter().find(|d| d.whole_body).map(|draft| body(draft, &mut properties, &mut required));
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), Value::Object(properties));
    if !required.is_empty() {
        schema.insert("required".to_owned(), Value::Array(required));
    }
    schema.insert("additionalProperties".to_owned(), Value::Bool(takes_more(body.as_ref())));
    Arguments { schema, body }
}

/// A declared `inputSchema` as clients get it: as it stands, with the object root every client demands.
pub(super) fn declared(declared: &Map<String, Value>, body: Option<&FlatBody>) -> Map<String, Value> {
    let mut schema = declared.clone();
    schema.insert("type".to_owned(), json!("object"));
    if !takes_more(body) {
        schema.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    schema
}

/// Whether arguments that are not shown go anywhere.
pub(super) fn takes_more(body: Option<&FlatBody>) -> bool {
    body.is_some_and(|body| body.more != More::Refused)
}

/// A whole body: its fields where they are known, else one argument.
fn body(draft: &Draft<'_>, properties: &mut Map<String, Value>, required: &mut Vec<Value>) -> FlatBody {
    let mut schema = draft.shown();
    let known = schema.get("properties").and_then(Value::as_object).filter(|members| !members.is_empty());
    let flat = known.filter(|members| members.keys().all(|name| !properties.contains_key(name)));
    let Some(members) = flat else {
        schema.entry("description").or_insert_with(|| json!("The request body (JSON)."));
        properties.insert(draft.name.clone(), Value::Object(schema));
        if draft.required() {
            required.push(json!(draft.name));
        }
        return FlatBody { slot: draft.slot, argument: draft.name.as_str().into(), more: More::Unsaid };
    };
    properties.extend(members.iter().map(|(name, member)| (name.clone(), member.clone())));
    if draft.required() {
        required.extend(schema.get("required").and_then(Value::as_array).into_iter().flatten().cloned());
    }
    // A field of that name is a field.
    let argument = if members.contains_key("body") { "" } else { "body" };
    let more = match schema.get("additionalProperties").or_else(|| schema.get("unevaluatedProperties")) {
        Some(Value::Bool(false)) => More::Refused,
        Some(_) => More::Sent,
        None => More::Unsaid,
    };
    FlatBody { slot: draft.slot, argument: argument.into(), more }
}
