//! One tool: its unit, the arguments that fill it, and the schema a model sees (rule I13: the root is a plain object, which is what clients can show).

use capstan_plan::{Annotations, FlatBody, Outputs, Shape, Tool};
use http::Method;
use serde_json::{Map, Value, json};

use super::super::{
    call::Ordinal,
    caller::{Caller, Kind},
    context::Context,
    inputs::Draft,
    linking::Linking,
    rule::Rule,
    unit,
};
use crate::{
    diagnostic::Sink,
    model::{OutputDecl, UnitDecl},
};

/// Links one tool.
pub(super) fn tool<'d>(
    context: &mut Context<'_, 'd>,
    (namespace, max_binary): (&str, Option<u64>),
    decl: &UnitDecl<'d>,
    name: &str,
    rules: Vec<Rule>,
    ordinal: Ordinal,
    sink: &mut Sink,
) -> Tool {
    let flow = decl.reference.and_then(|r| {
        context.spec.aggregates.iter().find_map(|a| {
            let flow = r.value.strip_prefix(a.namespace.as_str())?.strip_prefix('.')?;
            a.flows.iter().find(|f| f.name.is_some_and(|n| n.value == flow))
        })
    });
    let semantics = flow.and_then(|f| f.semantics).map(|s| (s.safe.map(|b| b.value), s.idempotent.map(|b| b.value)));
    let description =
        decl.description.or_else(|| flow.and_then(|f| f.description)).or_else(|| callee_description(context, decl));
    let mut linking = Linking::new(Caller::new(Kind::Mcp, namespace).limited(max_binary));
    linking.derived.rules = rules;
    linking.derived.inputs.declare(&decl.params);
    if let Some(declared) = &decl.input_schema {
        linking.derived.inputs.declare(&declared.params);
    }
    let described = description.map_or_else(|| name.replace(['-', '_', '.'], " "), str::to_owned);
    let linked = unit::unit(context, linking, decl, name, Some(&described), ordinal, sink);
    let (schema, body) = input_schema(&linked.inputs.drafts);
    let schema = decl.input_schema.as_ref().map_or(schema, |declared| object_root(&declared.schema));
    let arguments =
        linked.inputs.drafts.iter().filter(|d| !d.whole_body).map(|d| (d.name.as_str().into(), d.slot)).collect();
    let output_schema = decl.output_schema.clone().or_else(|| derived_output_schema(context, &linked, decl));
    Tool {
        input_schema: schema.into(),
        output_schema: output_schema.map(Into::into),
        annotations: annotations(decl, semantics, linked.method.as_ref()),
        arguments,
        body,
        unit: linked.unit,
    }
}

fn callee_description<'d>(context: &Context<'_, 'd>, decl: &UnitDecl<'d>) -> Option<&'d str> {
    let call = decl.call?.value;
    context
        .callees
        .iter()
        .find(|c| {
            c.op.name.is_some_and(|n| {
                call.strip_suffix(n.value)
                    .is_some_and(|rest| rest.strip_suffix('.') == Some(c.api.namespace.value.as_str()))
            })
        })
        .and_then(|c| c.op.description)
}

/// A declared `inputSchema` as clients get it: as it stands, with the object root every client demands.
fn object_root(declared: &Map<String, Value>) -> Map<String, Value> {
    let mut schema = declared.clone();
    schema.insert("type".to_owned(), json!("object"));
    schema
}

/// The flat object schema of the listed inputs, and how the rest becomes a body.
fn input_schema(drafts: &[Draft<'_>]) -> (Map<String, Value>, Option<FlatBody>) {
    let mut properties = Map::new();
    let mut required: Vec<Value> = Vec::new();
    let mut body = None;
    for draft in drafts.iter().filter(|d| !d.whole_body && d.listed) {
        properties.insert(draft.name.clone(), draft.schema().0);
        if draft.required() {
            required.push(json!(draft.name));
        }
    }
    let mut closed = false;
    if let Some(draft) = drafts.iter().find(|d| d.whole_body) {
        let (schema, _) = draft.schema();
        let known = schema.get("properties").and_then(Value::as_object).filter(|p| !p.is_empty());
        let flat = known.filter(|p| p.keys().all(|k| !properties.contains_key(k)));
        match flat {
            Some(members) => {
                body = Some(FlatBody {
                    slot: draft.slot,
                    argument: if members.contains_key("body") { "".into() } else { "body".into() },
                });
                for (name, schema) in members {
                    properties.insert(name.clone(), schema.clone());
                }
                if draft.required() {
                    required.extend(schema.get("required").and_then(Value::as_array).into_iter().flatten().cloned());
                }
                closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
            }
            None => {
                let mut schema = match schema {
                    Value::Object(schema) => schema,
                    _ => Map::new(),
                };
                schema.entry("description").or_insert_with(|| json!("The request body (JSON)."));
                properties.insert(draft.name.clone(), Value::Object(schema));
                if draft.required() {
                    required.push(json!(draft.name));
                }
                body = Some(FlatBody { slot: draft.slot, argument: draft.name.as_str().into() });
            }
        }
    }
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), Value::Object(properties));
    if !required.is_empty() {
        schema.insert("required".to_owned(), Value::Array(required));
    }
    schema.insert("additionalProperties".to_owned(), Value::Bool(!closed));
    (schema, body)
}

/// Explicit hints, else the flow's semantics, else what the consumed method means (RFC 9110).
fn annotations(
    decl: &UnitDecl<'_>,
    semantics: Option<(Option<bool>, Option<bool>)>,
    method: Option<&Method>,
) -> Annotations {
    let [read_only, destructive, idempotent, open_world] = decl.hints;
    if let Some((safe, idem)) = semantics {
        return Annotations {
            read_only: read_only.or(safe),
            destructive: destructive.or(safe.filter(|s| *s).map(|_| false)),
            idempotent: idempotent.or(idem),
            open_world,
        };
    }
    if decl.hints.iter().any(Option::is_some) {
        return Annotations { read_only, destructive, idempotent, open_world };
    }
    match method.map(Method::as_str) {
        Some("GET" | "HEAD" | "OPTIONS") => Annotations {
            read_only: Some(true),
            destructive: Some(false),
            idempotent: Some(true),
            open_world: Some(true),
        },
        Some("PUT") => Annotations {
            read_only: Some(false),
            destructive: Some(true),
            idempotent: Some(true),
            open_world: Some(true),
        },
        Some("DELETE") => Annotations {
            read_only: Some(false),
            destructive: Some(true),
            idempotent: Some(true),
            open_world: Some(true),
        },
        Some(_) => Annotations {
            read_only: Some(false),
            destructive: Some(true),
            idempotent: Some(false),
            open_world: Some(true),
        },
        None => Annotations::default(),
    }
}

/// The schema of a mapped object result; a raw pass-through has none. A member that is not there is null, so each may be.
fn derived_output_schema(
    context: &Context<'_, '_>,
    linked: &unit::LinkedUnit<'_>,
    decl: &UnitDecl<'_>,
) -> Option<Map<String, Value>> {
    let capstan_plan::Target::Flow(id) = &linked.unit.target else { return None };
    let flow = context.flows.get(*id)?;
    let capstan_plan::Outcome::Response { outputs, .. } = &flow.outcome else { return None };
    let declared = match outputs {
        Outputs::First(shapes) => match (shapes.as_ref(), decl.outputs.as_slice()) {
            ([Shape::Object { .. }], [only]) => only,
            _ => return None,
        },
        Outputs::Identity | Outputs::Named(_) => return None,
    };
    Some(described(declared, false))
}

/// What an output promises. Scalars are not coerced, so only the structures the mapping itself builds have a type.
fn described(output: &OutputDecl<'_>, nullable: bool) -> Map<String, Value> {
    let mut schema = Map::new();
    let ty = match (output.properties.is_empty(), &output.items) {
        (false, _) => Some("object"),
        (true, Some(_)) => Some("array"),
        (true, None) => None,
    };
    if let Some(ty) = ty {
        schema.insert("type".to_owned(), if nullable { json!([ty, "null"]) } else { json!(ty) });
    }
    if let Some(text) = output.description {
        schema.insert("description".to_owned(), json!(text));
    }
    if !output.properties.is_empty() {
        let members =
            output.properties.iter().filter_map(|part| Some((part.name?.to_string(), described(part, true).into())));
        schema.insert("properties".to_owned(), Value::Object(members.collect()));
    }
    if let Some(items) = &output.items {
        schema.insert("items".to_owned(), described(items, true).into());
    }
    schema
}
