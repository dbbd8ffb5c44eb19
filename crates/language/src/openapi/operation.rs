//! Owns the step from an operation of the document to a typed one: its parameters and its body, those of its path included.
//! It does not convert schemas; `convert` does.

use super::answer;
use super::body::{RawBody, request_body, swagger};
use super::dialect::Dialect;
use super::parameter::{RawParameter, parameters};
use super::refs::Refs;
use super::security;
use super::servers::servers;
use super::text::{flag, text, texts};
use super::typed::TypedOperation;
use crate::diagnostic::Sink;
use crate::document::Node;
use crate::source::Span;

/// The methods an operation can have, as keys of a path item.
pub(super) const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// An operation with its references followed and its schemas still in the document.
pub(super) struct Raw<'a> {
    node: &'a Node,
    parameters: Vec<RawParameter<'a>>,
    body: Option<RawBody<'a>>,
    span: Span,
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
    raw.body = match operation.get("requestBody").filter(|node| !node.is_null()) {
        Some(node) => refs.mapping(node, "a request body", sink).map(|node| request_body(node, refs, sink)),
        None => swagger(operation, whole, fields, refs),
    };
    Some(raw)
}

impl<'a> Raw<'a> {
    /// The schemas of the operation, for looking at their references.
    pub(super) fn schemas(&self) -> impl Iterator<Item = &'a Node> + '_ {
        let body = self.body.as_ref().map(RawBody::schemas).unwrap_or_default();
        self.parameters.iter().map(RawParameter::schema).chain(body)
    }

    /// The operation with its schemas converted.
    pub(super) fn typed(&self, item: &Node, refs: Refs<'a>, dialect: Dialect) -> TypedOperation {
        let mut own = servers(self.node);
        if own.is_empty() {
            own = servers(item);
        }
        TypedOperation {
            operation_id: text(self.node, "operationId"),
            summary: text(self.node, "summary"),
            description: text(self.node, "description"),
            tags: texts(self.node, "tags"),
            deprecated: flag(self.node, "deprecated"),
            parameters: self.parameters.iter().flat_map(|parameter| parameter.typed(refs, dialect)).collect(),
            body: self.body.as_ref().map(|body| body.typed(refs, dialect)),
            answer: answer::answer(self.node, refs, dialect),
            responses: answer::responses(self.node, refs, dialect),
            security: security::requirements(self.node).unwrap_or_default(),
            servers: own,
            span: self.span,
        }
    }
}
