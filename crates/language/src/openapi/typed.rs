//! What an OpenAPI document says about requests, as others use it: plain data.

use crate::source::Span;
use serde_json::Value;

/// One operation, with schemas that need nothing outside themselves.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TypedOperation {
    /// Its `operationId`.
    pub(crate) operation_id: Option<String>,
    /// One line for people.
    pub(crate) summary: Option<String>,
    /// What it does.
    pub(crate) description: Option<String>,
    /// Parameters of the operation and its path, in document order.
    pub(crate) parameters: Vec<TypedParameter>,
    /// The request body.
    pub(crate) body: Option<TypedBody>,
    /// What a successful answer looks like, as far as it is JSON; nothing of it is demanded.
    pub(crate) answer: Option<Value>,
    /// Where the operation stands in its document.
    pub(crate) span: Span,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TypedParameter {
    /// Its name on the wire.
    pub(crate) name: String,
    /// `path`, `query`, `header` or `cookie`.
    pub(crate) place: &'static str,
    /// Whether it must be given.
    pub(crate) required: bool,
    /// What it is.
    pub(crate) description: Option<String>,
    /// Its schema.
    pub(crate) schema: Value,
}

/// A request body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TypedBody {
    /// Whether it must be given.
    pub(crate) required: bool,
    /// Its schema; an object schema has no composition at its root.
    pub(crate) schema: Value,
    /// Its media type; JSON where the document offers it.
    pub(crate) media_type: String,
}

impl TypedParameter {
    /// Its schema, with what is said of the parameter itself.
    pub(crate) fn described(&self) -> Value {
        let mut schema = self.schema.clone();
        if let (Value::Object(keywords), Some(description)) = (&mut schema, &self.description) {
            keywords.insert("description".to_owned(), Value::String(description.clone()));
        }
        schema
    }
}
