//! The JSON Schema of an input (rule I13): what the author of the exposure says comes first, then the consumed parameter, then an
//! OpenAPI document. Nobody's silence erases what another one says.

use serde_json::{Map, Value, json};

use super::{super::place::Where, draft::Draft};

/// Keywords that say what a value is. A schema without any of them describes nothing.
const SHAPE: &[&str] = &[
    "type",
    "enum",
    "const",
    "$ref",
    "anyOf",
    "oneOf",
    "allOf",
    "not",
    "properties",
    "items",
    "prefixItems",
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "additionalProperties",
];

/// Keywords that tell the type of a value.
const TYPED: &[&str] = &["type", "enum", "const", "$ref", "anyOf", "oneOf", "allOf", "not"];

impl Draft<'_> {
    /// The JSON Schema of the input, and whether it is enforced: only what the author of the exposure (or an OpenAPI document)
    /// declared is.
    pub(in crate::link) fn schema(&self) -> (Map<String, Value>, bool) {
        if self.discarded {
            return (Map::new(), false);
        }
        let mut schema = Map::new();
        let mut enforced = false;
        if let Some(param) = &self.declared {
            schema.extend(param.schema.keywords.clone());
            enforced = param.schema.constrains;
        }
        let fed = self.feeds.as_ref().map(|param| &param.schema.keywords);
        let document = self.document.as_ref().and_then(Value::as_object);
        take(&mut schema, fed, "description");
        // What the file says of the consumed parameter wins too.
        let agreed = |document: &&Map<String, Value>| {
            describes(document) && agrees(&schema, document) && fed.is_none_or(|fed| agrees(fed, document))
        };
        match document.filter(agreed) {
            Some(document) => {
                enforced = true;
                fill(&mut schema, document);
            }
            None => {
                fed.into_iter().for_each(|keywords| fill(&mut schema, keywords));
                take(&mut schema, document, "description");
            }
        }
        (schema, enforced)
    }

    /// The same as clients are shown it: a value of a path, a query or a header is text and a body is an object, where nothing says
    /// otherwise.
    pub(in crate::link) fn shown(&self) -> Map<String, Value> {
        let (mut schema, _) = self.schema();
        let ty = match (schema.contains_key("properties"), schema.contains_key("items")) {
            _ if is_typed(&schema) => None,
            (true, _) => Some("object"),
            (false, true) => Some("array"),
            _ if self.whole_body => Some("object"),
            _ => self.is_text().then_some("string"),
        };
        if let Some(ty) = ty {
            schema.insert("type".to_owned(), json!(ty));
        }
        schema
    }

    /// Whether its value is text on its way, because of where it comes from or goes to.
    fn is_text(&self) -> bool {
        let declared =
            self.declared.as_ref().and_then(|param| param.place).map(|place| place.value.to_ascii_lowercase());
        self.placeholder.is_some()
            || matches!(declared.as_deref(), Some("path" | "query" | "header" | "cookie"))
            || matches!(self.goes_to, Some(Where::Path | Where::Query | Where::Header | Where::Cookie))
    }
}

/// Whether a schema tells the type of its values.
fn is_typed(schema: &Map<String, Value>) -> bool {
    TYPED.iter().any(|key| schema.contains_key(*key))
}

/// Whether a schema says what a value is.
fn describes(schema: &Map<String, Value>) -> bool {
    SHAPE.iter().any(|key| schema.contains_key(*key))
}

/// Whether two schemas name one type, as far as both name any.
fn agrees(own: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    match (own.get("type"), other.get("type")) {
        (Some(own), Some(other)) => {
            let numbers = |ty: &Value| ty == "integer" || ty == "number";
            let either = other.as_array().is_some_and(|types| types.contains(own));
            own == other || either || numbers(own) && numbers(other)
        }
        (Some(_), None) => !is_typed(other),
        (None, _) => true,
    }
}

/// Takes over one keyword, when it is not said yet.
fn take(schema: &mut Map<String, Value>, other: Option<&Map<String, Value>>, key: &str) {
    if let Some(value) = other.and_then(|other| other.get(key)) {
        schema.entry(key).or_insert_with(|| value.clone());
    }
}

/// Takes over what is not said yet.
fn fill(schema: &mut Map<String, Value>, other: &Map<String, Value>) {
    for (key, value) in other {
        schema.entry(key.as_str()).or_insert_with(|| value.clone());
    }
}
