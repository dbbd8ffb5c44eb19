//! Checks values against schemas in files (OpenAPI or JSON Schema, YAML or JSON) for mocks: each file is read and compiled once.

use std::{
    collections::HashMap,
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use jsonschema::{Draft, Registry, Validator, error::ValidationErrorKind};
use serde_json::{Value as Json, json};

use crate::base::host::Host;

/// The base of every document's address; nothing is ever fetched from it.
const BASE: &str = "capstan:///document";

type Compiled = Result<Arc<Validator>, String>;

/// Compiled schemas by folder and reference.
#[derive(Default)]
pub(crate) struct Documents(Mutex<HashMap<Reference, Compiled>>);

/// A folder and a reference from there.
type Reference = (Box<str>, Box<str>);

impl Documents {
    /// Everything wrong with `value`, as objects; an absent value is a missing body.
    pub(crate) fn violations(
        &self,
        host: &dyn Host,
        folder: &str,
        reference: &str,
        value: Option<&Json>,
        fastapi: bool,
    ) -> Result<Vec<Json>, String> {
        let validator = self.compiled(host, folder, reference)?;
        let Some(value) = value else {
            return Ok(vec![if fastapi {
                json!({"loc": ["body"], "msg": "Field required", "type": "missing"})
            } else {
                json!({"pointer": "", "message": "a value is required"})
            }]);
        };
        Ok(validator
            .iter_errors(value)
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
            .collect())
    }

    fn compiled(&self, host: &dyn Host, folder: &str, reference: &str) -> Compiled {
        let key = (Box::from(folder), Box::from(reference));
        if let Some(found) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return found.clone();
        }
        let compiled = compile(host, folder, reference).map(Arc::new);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, compiled.clone());
        compiled
    }
}

fn compile(host: &dyn Host, folder: &str, reference: &str) -> Result<Validator, String> {
    let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
    let path = beside(folder, file).ok_or_else(|| format!("`{file}` is outside the document's folder"))?;
    let bytes = host.read(&path).map_err(|error| format!("`{file}` cannot be read: {error}"))?;
    let document: Json =
        serde_yaml::from_slice(&bytes).map_err(|error| format!("`{file}` cannot be parsed: {error}"))?;
    if !pointer.is_empty() && document.pointer(pointer).is_none() {
        return Err(format!("`{file}` has nothing at `#{pointer}`"));
    }
    let registry = Registry::new()
        .draft(Draft::Draft202012)
        .add(BASE, &document)
        .and_then(jsonschema::RegistryBuilder::prepare)
        .map_err(|error| format!("`{file}`: {error}"))?;
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_registry(&registry)
        .build(&json!({"$ref": format!("{BASE}#{pointer}")}))
        .map_err(|error| format!("`{reference}` is not a usable schema: {error}"))
}

/// The path of a file beside the document; nothing when it would leave the folder upwards more than the folder is deep.
fn beside(folder: &str, file: &str) -> Option<String> {
    let file = Path::new(file);
    if file.is_absolute() {
        return None;
    }
    let mut path = PathBuf::from(folder);
    for part in file.components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    path.into_os_string().into_string().ok()
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
