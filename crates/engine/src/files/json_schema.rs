//! Schema documents (OpenAPI or JSON Schema, YAML or JSON) that expressions check values against: parsed and compiled from the
//! bytes of one generation. Says what is wrong with a value; does not read files.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use capstan_plan::{budget::VIOLATIONS, schema::validator};
use jsonschema::{Draft, Registry, Validator, error::ValidationErrorKind};
use serde_json::{Value as Json, json};

/// The base of every document's address; nothing is ever fetched from it.
const BASE: &str = "capstan:///document";

/// A compiled schema, or why there is none.
type Compiled = Result<Arc<Validator>, String>;

/// One document with its schemas.
pub(crate) struct SchemaDocument {
    /// Its text: parsed again for the rare schema whose name is put together while an expression runs.
    bytes: Arc<[u8]>,
    /// What expressions name literally: compiled when the document is.
    named: HashMap<Box<str>, Compiled>,
    /// What expressions put together while they run, compiled when it is first asked for.
    computed: Mutex<HashMap<Box<str>, Compiled>>,
}

impl SchemaDocument {
    /// Parses a document and compiles what stands at these JSON Pointers.
    pub(crate) fn new(bytes: Arc<[u8]>, pointers: &[Box<str>]) -> Result<Self, String> {
        let document = parse(&bytes)?;
        let registry = registry(&document)?;
        let named = pointers.iter().map(|pointer| (pointer.clone(), compile(&document, &registry, pointer))).collect();
        Ok(Self { bytes, named, computed: Mutex::default() })
    }

    /// The schema at a JSON Pointer.
    pub(crate) fn at(&self, pointer: &str) -> Compiled {
        if let Some(named) = self.named.get(pointer) {
            return named.clone();
        }
        if let Some(known) = self.computed.lock().unwrap_or_else(PoisonError::into_inner).get(pointer) {
            return known.clone();
        }
        let compiled = parse(&self.bytes)
            .and_then(|document| registry(&document).and_then(|registry| compile(&document, &registry, pointer)));
        self.computed.lock().unwrap_or_else(PoisonError::into_inner).insert(pointer.into(), compiled.clone());
        compiled
    }
}

fn parse(bytes: &[u8]) -> Result<Json, String> {
    serde_yaml::from_slice(bytes).map_err(|error| format!("cannot be parsed: {error}"))
}

fn registry(document: &Json) -> Result<Registry<'_>, String> {
    let registry = Registry::new().draft(Draft::Draft202012).add(BASE, document);
    registry.and_then(jsonschema::RegistryBuilder::prepare).map_err(|error| format!("is no schema document: {error}"))
}

fn compile(document: &Json, registry: &Registry<'_>, pointer: &str) -> Compiled {
    if !pointer.is_empty() && document.pointer(pointer).is_none() {
        return Err(format!("has nothing at `#{pointer}`"));
    }
    validator(&json!({"$ref": format!("{BASE}#{pointer}")}), Some(registry))
        .map(Arc::new)
        .map_err(|error| format!("has no usable schema at `#{pointer}`: {error}"))
}

/// Everything wrong with `value`, as objects; an absent value is a missing body.
pub(crate) fn violations(validator: &Validator, value: Option<&Json>, fastapi: bool) -> Vec<Json> {
    let Some(value) = value else {
        return vec![if fastapi {
            json!({"loc": ["body"], "msg": "Field required", "type": "missing"})
        } else {
            json!({"pointer": "", "message": "a value is required"})
        }];
    };
    validator
        .iter_errors(value)
        .take(VIOLATIONS)
        .map(|error| {
            let mut path: Vec<Json> = segments(error.instance_path().as_str(), value);
            let (kind, message) = describe(error.kind(), &error.to_string());
            if let ValidationErrorKind::Required { property } = error.kind() {
                path.push(property.clone());
            }
            if fastapi {
                path.insert(0, Json::from("body"));
                json!({"loc": path, "msg": message, "type": kind})
            } else {
                json!({"pointer": error.instance_path().as_str(), "message": message})
            }
        })
        .collect()
}

/// A JSON Pointer as path segments: positions as numbers, names as text.
fn segments(pointer: &str, value: &Json) -> Vec<Json> {
    let mut at = Some(value);
    pointer
        .split('/')
        .skip(1)
        .map(|segment| {
            let name = segment.replace("~1", "/").replace("~0", "~");
            let index = matches!(at, Some(Json::Array(_))).then(|| name.parse::<usize>().ok()).flatten();
            at = match (at, index) {
                (Some(Json::Array(items)), Some(index)) => items.get(index),
                (Some(json), _) => json.get(&name),
                (None, _) => None,
            };
            index.map_or(Json::from(name), Json::from)
        })
        .collect()
}

/// The error type and message in the words FastAPI upstreams use.
fn describe(kind: &ValidationErrorKind, text: &str) -> (&'static str, String) {
    match kind {
        ValidationErrorKind::Required { .. } => ("missing", "Field required".to_owned()),
        ValidationErrorKind::Maximum { limit } => {
            ("less_than_equal", format!("Input should be less than or equal to {limit}"))
        }
        ValidationErrorKind::Minimum { limit } => {
            ("greater_than_equal", format!("Input should be greater than or equal to {limit}"))
        }
        ValidationErrorKind::ExclusiveMaximum { limit } => ("less_than", format!("Input should be less than {limit}")),
        ValidationErrorKind::ExclusiveMinimum { limit } => {
            ("greater_than", format!("Input should be greater than {limit}"))
        }
        ValidationErrorKind::MultipleOf { multiple_of } => {
            ("multiple_of", format!("Input should be a multiple of {multiple_of}"))
        }
        ValidationErrorKind::Enum { options } => ("enum", format!("Input should be one of {options}")),
        ValidationErrorKind::Type { .. } => ("type_error", text.to_owned()),
        ValidationErrorKind::MaxLength { limit } => {
            ("string_too_long", format!("String should have at most {limit} characters"))
        }
        ValidationErrorKind::MinLength { limit } => {
            ("string_too_short", format!("String should have at least {limit} characters"))
        }
        ValidationErrorKind::Pattern { pattern } => {
            ("string_pattern_mismatch", format!("String should match pattern '{pattern}'"))
        }
        ValidationErrorKind::AdditionalProperties { .. } => ("extra_forbidden", text.to_owned()),
        _ => ("value_error", text.to_owned()),
    }
}
