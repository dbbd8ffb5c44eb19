//! Owns one parameter: its place, its schema, and how it is written.
//! It does not convert schemas; `convert` does.

use super::convert;
use super::dialect::Dialect;
use super::media_type::is_json;
use super::refs::Refs;
use super::text::{flag, text};
use super::typed::TypedParameter;
use crate::diagnostic::{Code, Sink};
use crate::document::Node;
use crate::source::Span;
use capstan_plan::{ParameterStyle, Serialization};
use serde_json::{Value, json};

/// Headers that are not parameters.
const RESERVED: &[&str] = &["accept", "content-type", "authorization"];

/// Where a parameter can be; `body` and `formData` are of Swagger 2.0, `querystring` of OpenAPI 3.2.
const PLACES: &[&str] = &["path", "query", "header", "cookie", "body", "formData", "querystring"];

/// A parameter with its references followed and its schema still in the document.
pub(super) struct RawParameter<'a> {
    pub(super) name: &'a str,
    pub(super) place: &'static str,
    pub(super) node: &'a Node,
}

/// The parameters a path item or operation lists, leaving out headers that are not parameters.
pub(super) fn parameters<'a>(owner: &'a Node, refs: Refs<'a>, sink: &mut Sink) -> Vec<RawParameter<'a>> {
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
        let Some(place) = PLACES.iter().find(|place| **place == word) else {
            let span = node.get("in").map_or(node.span, |node| node.span);
            sink.report(Code::BadOpenapi, span, format!("the parameter `{name}` has no place: `in` is `{word}`"))
                .help("use path, query, header or cookie (Swagger 2.0: also body, formData)");
            continue;
        };
        if *place != "header" || !RESERVED.iter().any(|header| name.eq_ignore_ascii_case(header)) {
            found.push(RawParameter { name, place, node });
        }
    }
    found
}

impl<'a> RawParameter<'a> {
    /// The parameter; a whole query string is one for each of its members.
    pub(super) fn typed(&self, refs: Refs<'_>, dialect: Dialect) -> Vec<TypedParameter> {
        if self.place != "querystring" {
            return vec![self.single(refs, dialect)];
        }
        let schema = schema_of(self.node).map_or_else(|| json!({}), |schema| convert::root(refs, dialect, schema));
        members(&schema, "query", self.node.span)
    }

    /// The one parameter it is.
    pub(super) fn single(&self, refs: Refs<'_>, dialect: Dialect) -> TypedParameter {
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
            if flag(self.node, "deprecated") {
                map.insert("deprecated".to_owned(), Value::Bool(true));
            }
        }
        TypedParameter {
            name: self.name.to_owned(),
            place: self.place,
            required: self.place == "path" || flag(self.node, "required"),
            description: text(self.node, "description"),
            schema,
            serialization: self.serialization(dialect),
            span: self.node.span,
        }
    }

    /// The schema whose references are looked at.
    pub(super) fn schema(&self) -> &'a Node {
        schema_of(self.node).unwrap_or(self.node)
    }

    /// How it is written.
    fn serialization(&self, dialect: Dialect) -> Serialization {
        if dialect == Dialect::V2 {
            return collection(self.node, self.place);
        }
        let content = self.node.get("content").and_then(Node::as_map).and_then(<[_]>::first);
        if content.is_some_and(|media| is_json(&media.key.value)) {
            return Serialization::new(ParameterStyle::Json, false);
        }
        styled(self.node, matches!(self.place, "path" | "header"))
    }
}

/// The parameters that the members of an object are.
pub(super) fn members(schema: &Value, place: &'static str, span: Span) -> Vec<TypedParameter> {
    let required = |name: &str| {
        let names = schema.get("required").and_then(Value::as_array);
        names.is_some_and(|names| names.iter().any(|known| known == name))
    };
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let member = |(name, schema): (&String, &Value)| TypedParameter {
        name: name.clone(),
        place,
        required: required(name),
        description: None,
        schema: schema.clone(),
        serialization: Serialization::new(ParameterStyle::Form, true),
        span,
    };
    properties.map(member).collect()
}

/// `style`, `explode` and `allowReserved` of OpenAPI 3.
pub(super) fn styled(node: &Node, simple: bool) -> Serialization {
    let style = match node.get("style").and_then(Node::as_str) {
        Some("form" | "cookie") => ParameterStyle::Form,
        Some("simple") => ParameterStyle::Simple,
        Some("label") => ParameterStyle::Label,
        Some("matrix") => ParameterStyle::Matrix,
        Some("spaceDelimited") => ParameterStyle::SpaceDelimited,
        Some("pipeDelimited") => ParameterStyle::PipeDelimited,
        Some("deepObject") => ParameterStyle::DeepObject,
        _ if simple => ParameterStyle::Simple,
        _ => ParameterStyle::Form,
    };
    let explode = node.get("explode").and_then(Node::as_bool).unwrap_or(style == ParameterStyle::Form);
    Serialization { allow_reserved: flag(node, "allowReserved"), ..Serialization::new(style, explode) }
}

/// `collectionFormat` of Swagger 2.0.
pub(super) fn collection(node: &Node, place: &str) -> Serialization {
    let usual = if matches!(place, "path" | "header") { ParameterStyle::Simple } else { ParameterStyle::Form };
    let (style, explode) = match node.get("collectionFormat").and_then(Node::as_str) {
        Some("multi") => (ParameterStyle::Form, true),
        Some("ssv") => (ParameterStyle::SpaceDelimited, false),
        Some("tsv") => (ParameterStyle::TabDelimited, false),
        Some("pipes") => (ParameterStyle::PipeDelimited, false),
        _ => (usual, false),
    };
    Serialization::new(style, explode)
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
