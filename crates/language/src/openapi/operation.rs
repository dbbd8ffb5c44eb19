//! Owns the step from an operation of the document to a typed one: its parameters, its body, and which media type counts.
//! It does not convert schemas; `convert` does.

use super::answer;
use super::convert;
use super::dialect::Dialect;
use super::media_type::is_json;
use super::refs::Refs;
use super::typed::{TypedBody, TypedOperation, TypedParameter};
use crate::diagnostic::{Code, Sink};
use crate::document::Node;
use crate::source::Span;
use serde_json::{Map, Value, json};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// An operation with its references followed and its schemas still in the document.
pub(super) struct Raw<'a> {
    node: &'a Node,
    parameters: Vec<RawParameter<'a>>,
    body: Option<RawBody<'a>>,
    span: Span,
}

struct RawParameter<'a> {
    name: &'a str,
    place: &'static str,
    node: &'a Node,
}

enum RawBody<'a> {
    /// One schema for the whole body.
    Whole { node: &'a Node, media_type: &'a str, schema: Option<&'a Node> },
    /// Swagger 2.0: one parameter for each field.
    Form { fields: Vec<RawParameter<'a>>, media_type: &'a str },
}

/// Reads an operation of a path item.
pub(super) fn read<'a>(item: &'a Node, node: &'a Node, refs: Refs<'a>, sink: &mut Sink) -> Option<Raw<'a>> {
    let operation = refs.mapping(node, "an operation", sink)?;
    let mut raw = Raw { node: operation, parameters: Vec::new(), body: None, span: operation.span };
    let (mut fields, mut whole) = (Vec::new(), None);
    for owner in [item, operation] {
        for parameter in parameters(owner, refs, sink) {
            let list = match parameter.place {
                "body" => {
                    whole = Some(parameter.node);
                    continue;
                }
                "formData" => &mut fields,
                _ => &mut raw.parameters,
            };
            match list.iter_mut().find(|other| (other.name, other.place) == (parameter.name, parameter.place)) {
                Some(other) => *other = parameter,
                None => list.push(parameter),
            }
        }
    }
    raw.body = if let Some(node) = operation.get("requestBody").filter(|node| !node.is_null()) {
        refs.mapping(node, "a request body", sink).map(request_body)
    } else if let Some(node) = whole {
        let media_type = consumed(operation, refs).find(|name| is_json(name)).unwrap_or(JSON);
        Some(RawBody::Whole { node, media_type, schema: node.get("schema") })
    } else if fields.is_empty() {
        None
    } else {
        let files = fields.iter().any(|field| field.node.get("type").and_then(Node::as_str) == Some("file"));
        let multipart = files || consumed(operation, refs).any(|name| name == MULTIPART);
        Some(RawBody::Form { fields, media_type: if multipart { MULTIPART } else { FORM } })
    };
    Some(raw)
}

/// The parameters a path item or operation lists, leaving out headers that are not parameters.
fn parameters<'a>(owner: &'a Node, refs: Refs<'a>, sink: &mut Sink) -> Vec<RawParameter<'a>> {
    let Some(list) = owner.get("parameters").filter(|node| !node.is_null()) else { return Vec::new() };
    let Some(items) = list.as_seq() else {
        let message = format!("`parameters` must be a list, but this is {}", list.kind_name());
        sink.report(Code::BadOpenapi, list.span, message);
        return Vec::new();
    };
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        let Some(node) = refs.mapping(item, "a parameter", sink) else { continue };
        let Some(name) = node.get("name").and_then(Node::scalar_text) else {
            sink.report(Code::BadOpenapi, node.span, "a parameter needs a `name`");
            continue;
        };
        let word = node.get("in").and_then(Node::scalar_text).unwrap_or_default();
        let place = ["path", "query", "header", "cookie", "body", "formData"].into_iter().find(|place| *place == word);
        let Some(place) = place else {
            let span = node.get("in").map_or(node.span, |node| node.span);
            sink.report(Code::BadOpenapi, span, format!("the parameter `{name}` has no place: `in` is `{word}`"))
                .help("use path, query, header or cookie (Swagger 2.0: also body, formData)");
            continue;
        };
        let reserved = ["accept", "content-type", "authorization"];
        if place != "header" || !reserved.iter().any(|header| name.eq_ignore_ascii_case(header)) {
            found.push(RawParameter { name, place, node });
        }
    }
    found
}

/// The media types a Swagger 2.0 operation consumes.
fn consumed<'a>(operation: &'a Node, refs: Refs<'a>) -> impl Iterator<Item = &'a str> {
    let list = operation.get("consumes").or_else(|| refs.target("#/consumes"));
    list.and_then(Node::as_seq).unwrap_or_default().iter().filter_map(Node::as_str)
}

fn request_body(node: &Node) -> RawBody<'_> {
    let (media_type, media) = node.get("content").and_then(preferred).unzip();
    RawBody::Whole { node, media_type: media_type.unwrap_or(JSON), schema: media.and_then(|media| media.get("schema")) }
}

/// The media type of a `content` that suits us best: JSON, then forms, then the first.
fn preferred(content: &Node) -> Option<(&str, &Node)> {
    let rank = |name: &str| match name.split(';').next().unwrap_or_default().trim() {
        JSON => 0,
        name if is_json(name) => 1,
        "*/*" | "application/*" => 2,
        FORM => 3,
        MULTIPART => 4,
        _ => 5,
    };
    let entry = content.as_map()?.iter().min_by_key(|entry| rank(&entry.key.value))?;
    let name = if rank(&entry.key.value) == 2 { JSON } else { &*entry.key.value };
    Some((name, &entry.value))
}

impl<'a> Raw<'a> {
    /// The schemas of the operation, for looking at their references.
    pub(super) fn schemas(&self) -> impl Iterator<Item = &'a Node> + '_ {
        let body = match &self.body {
            Some(RawBody::Whole { schema, .. }) => *schema,
            _ => None,
        };
        self.parameters.iter().map(|parameter| schema_of(parameter.node).unwrap_or(parameter.node)).chain(body)
    }

    /// The operation with its schemas converted.
    pub(super) fn typed(&self, refs: Refs<'_>, dialect: Dialect) -> TypedOperation {
        TypedOperation {
            operation_id: text(self.node, "operationId"),
            summary: text(self.node, "summary"),
            description: text(self.node, "description"),
            parameters: self.parameters.iter().map(|parameter| parameter.typed(refs, dialect)).collect(),
            body: self.body.as_ref().map(|body| body.typed(refs, dialect)),
            answer: answer::answer(self.node, refs, dialect),
            span: self.span,
        }
    }
}

impl RawParameter<'_> {
    fn typed(&self, refs: Refs<'_>, dialect: Dialect) -> TypedParameter {
        // Swagger 2.0 writes the schema's keywords into the parameter itself.
        let mut schema = match schema_of(self.node) {
            Some(schema) => convert::schema(refs, dialect, schema, Some(self.name)),
            None if self.node.get("content").is_some() => json!({}),
            None => convert::parameter(refs, dialect, self.node, self.name),
        };
        if let Value::Object(map) = &mut schema {
            let example = self.node.get("example").map(Node::to_json);
            if let Some(example) = example.or_else(|| first_example(self.node)) {
                map.entry("examples").or_insert_with(|| json!([example]));
            }
            if self.node.get("deprecated").and_then(Node::as_bool) == Some(true) {
                map.insert("deprecated".to_owned(), Value::Bool(true));
            }
        }
        let required = self.place == "path" || flag(self.node, "required");
        let description = text(self.node, "description");
        TypedParameter { name: self.name.to_owned(), place: self.place, required, description, schema }
    }
}

impl RawBody<'_> {
    fn typed(&self, refs: Refs<'_>, dialect: Dialect) -> TypedBody {
        match self {
            Self::Whole { node, media_type, schema } => {
                let mut schema = schema.map_or_else(|| json!({}), |schema| convert::root(refs, dialect, schema));
                if let (Value::Object(map), Some(description)) = (&mut schema, text(node, "description")) {
                    map.entry("description").or_insert(Value::String(description));
                }
                TypedBody { required: flag(node, "required"), schema, media_type: (*media_type).to_owned() }
            }
            Self::Form { fields, media_type } => {
                let mut properties = Map::new();
                let mut required = Vec::new();
                for field in fields {
                    let typed = field.typed(refs, dialect);
                    if typed.required {
                        required.push(Value::String(typed.name.clone()));
                    }
                    let mut schema = typed.schema;
                    if let (Value::Object(map), Some(description)) = (&mut schema, typed.description) {
                        map.entry("description").or_insert(Value::String(description));
                    }
                    properties.insert(typed.name, schema);
                }
                let needed = !required.is_empty();
                let mut schema = json!({"type": "object", "properties": properties});
                if let (Value::Object(map), true) = (&mut schema, needed) {
                    map.insert("required".to_owned(), Value::Array(required));
                }
                TypedBody { required: needed, schema, media_type: (*media_type).to_owned() }
            }
        }
    }
}

/// The schema of an OpenAPI 3 parameter: its own, or that of its one media type.
fn schema_of(parameter: &Node) -> Option<&Node> {
    let content = || parameter.get("content")?.as_map()?.first()?.value.get("schema");
    parameter.get("schema").or_else(content)
}

/// The value of the first of a parameter's named examples.
fn first_example(parameter: &Node) -> Option<Value> {
    parameter.get("examples")?.as_map()?.first()?.value.get("value").map(Node::to_json)
}

fn text(node: &Node, key: &str) -> Option<String> {
    let text = node.get(key)?.scalar_text()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn flag(node: &Node, key: &str) -> bool {
    node.get(key).and_then(Node::as_bool).unwrap_or(false)
}
