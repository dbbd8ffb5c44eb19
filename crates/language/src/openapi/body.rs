//! Owns the body of a request: which of its media types suits us best, and its schema in that one.
//! How the fields of forms are written is in `form`.

use super::convert;
use super::dialect::Dialect;
use super::form::{self, encodings};
use super::media_type::{FORM, JSON, MULTIPART, is_json, kind};
use super::parameter::{RawParameter, members};
use super::refs::Refs;
use super::text::{flag, text};
use super::typed::{TypedBody, TypedMedia};
use crate::diagnostic::Sink;
use crate::document::Node;
use capstan_plan::BodyKind;
use serde_json::{Value, json};

/// A request body with its references followed and its schema still in the document.
pub(super) enum RawBody<'a> {
    /// OpenAPI 3: one schema for each media type, the best first.
    Media { node: &'a Node, media: Vec<(&'a str, &'a Node)> },
    /// Swagger 2.0: one schema for the whole body.
    Whole { node: &'a Node, media_types: Vec<&'a str> },
    /// Swagger 2.0: one parameter for each field.
    Form { node: &'a Node, fields: Vec<RawParameter<'a>>, media_type: &'a str },
}

/// The body of an OpenAPI 3 operation.
pub(super) fn request_body<'a>(node: &'a Node, refs: Refs<'a>, sink: &mut Sink) -> RawBody<'a> {
    let entries = node.get("content").and_then(Node::as_map).unwrap_or_default();
    let mut media: Vec<(&str, &Node)> = Vec::with_capacity(entries.len());
    for entry in entries {
        // Since OpenAPI 3.2 a media type may be a reference.
        media.extend(refs.mapping(&entry.value, "a media type", sink).map(|node| (&*entry.key.value, node)));
    }
    media.sort_by_key(|(name, _)| rank(name));
    RawBody::Media { node, media }
}

/// The body of a Swagger 2.0 operation: its body parameter, or its fields.
pub(super) fn swagger<'a>(
    operation: &'a Node,
    whole: Option<&'a Node>,
    fields: Vec<RawParameter<'a>>,
    refs: Refs<'a>,
) -> Option<RawBody<'a>> {
    let mut consumed: Vec<&str> = {
        let list = operation.get("consumes").or_else(|| refs.main()?.get("consumes"));
        list.and_then(Node::as_seq).unwrap_or_default().iter().filter_map(Node::as_str).collect()
    };
    if let Some(node) = whole {
        consumed.sort_by_key(|name| rank(name));
        if consumed.is_empty() {
            consumed.push(JSON);
        }
        return Some(RawBody::Whole { node, media_types: consumed });
    }
    if fields.is_empty() {
        return None;
    }
    let files = fields.iter().any(form::is_file);
    let multipart = files || consumed.contains(&MULTIPART) && !consumed.contains(&FORM);
    Some(RawBody::Form { node: operation, fields, media_type: if multipart { MULTIPART } else { FORM } })
}

/// How well a media type suits us: JSON, then forms, then anything.
fn rank(name: &str) -> u8 {
    match name.split(';').next().unwrap_or_default().trim() {
        JSON => 0,
        name if is_json(name) => 1,
        "*/*" | "application/*" => 2,
        FORM => 3,
        MULTIPART => 4,
        name => match kind(name) {
            BodyKind::Text => 5,
            _ if name.contains('*') => 7,
            _ => 6,
        },
    }
}

impl<'a> RawBody<'a> {
    /// The schemas whose references are looked at.
    pub(super) fn schemas(&self) -> Vec<&'a Node> {
        match self {
            Self::Media { media, .. } => media.iter().filter_map(|(_, media)| media.get("schema")).collect(),
            Self::Whole { node, .. } => node.get("schema").into_iter().collect(),
            Self::Form { fields, .. } => fields.iter().map(RawParameter::schema).collect(),
        }
    }

    /// The body with the schema of its best media type converted.
    pub(super) fn typed(&self, refs: Refs<'_>, dialect: Dialect) -> TypedBody {
        let (node, required, media) = match self {
            Self::Media { node, media } => {
                let mut typed: Vec<TypedMedia> = media.iter().map(|(name, _)| untyped(name)).collect();
                if let (Some(best), Some((_, media))) = (typed.first_mut(), media.first()) {
                    best.schema = schema(media.get("schema"), &best.media_type, refs, dialect);
                    best.encodings = encodings(media);
                }
                if typed.is_empty() {
                    typed.push(untyped(JSON));
                }
                (*node, flag(node, "required"), typed)
            }
            Self::Whole { node, media_types } => {
                let mut typed: Vec<TypedMedia> = media_types.iter().map(|name| untyped(name)).collect();
                if let Some(best) = typed.first_mut() {
                    best.schema = schema(node.get("schema"), &best.media_type, refs, dialect);
                }
                (*node, flag(node, "required"), typed)
            }
            Self::Form { node, fields, media_type } => {
                let (schema, encodings) = form::swagger(fields, refs, dialect);
                let required = schema.get("required").is_some();
                (*node, required, vec![TypedMedia { media_type: (*media_type).to_owned(), schema, encodings }])
            }
        };
        let mut media = media;
        let description = text(node, "description").filter(|_| !matches!(self, Self::Form { .. }));
        if let (Some(Value::Object(best)), Some(description)) =
            (media.first_mut().map(|best| &mut best.schema), &description)
        {
            best.entry("description").or_insert_with(|| json!(description));
        }
        let fields = media.first().map(|best| members(&best.schema, "body", node.span)).unwrap_or_default();
        TypedBody { required, description, media, fields, span: node.span }
    }
}

/// A media type nobody asked for; a wildcard is JSON where it allows that.
fn untyped(name: &str) -> TypedMedia {
    let name = if rank(name) == 2 { JSON } else { name };
    TypedMedia { media_type: name.to_owned(), schema: json!({}), encodings: Vec::new() }
}

/// The schema of a body in a media type.
fn schema(node: Option<&Node>, media_type: &str, refs: Refs<'_>, dialect: Dialect) -> Value {
    let mut schema = node.map_or_else(|| json!({}), |schema| convert::root(refs, dialect, schema));
    match kind(media_type) {
        BodyKind::Json => {}
        BodyKind::Form | BodyKind::Multipart => form::files(&mut schema),
        BodyKind::Text => text_only(&mut schema),
        BodyKind::Binary => schema = form::bytes(&schema, Some(media_type)),
    }
    schema
}

/// A schema of a body that is text to us, whatever it is to others.
fn text_only(schema: &mut Value) {
    if schema.get("type").and_then(Value::as_str) != Some("string") {
        let description = schema.get("description").cloned();
        *schema = json!({"type": "string"});
        if let (Value::Object(map), Some(description)) = (schema, description) {
            map.insert("description".to_owned(), description);
        }
    }
}
