//! The schema an author promises the answers of a tool satisfy.

use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::Value as Json;

use super::{compile::compiled, explain};

/// How many failures are told.
const TOLD: usize = 5;

/// A promised schema; compiled on first use.
#[derive(Debug)]
pub struct Promise {
    schema: Json,
    compiled: OnceLock<Result<Box<Validator>, String>>,
}

impl Promise {
    /// The promise of a schema.
    #[must_use]
    pub fn new(schema: Json) -> Self {
        Self { schema, compiled: OnceLock::new() }
    }

    /// What of a value breaks the promise, in words; nothing when it is kept.
    #[must_use]
    pub fn broken_by(&self, value: &Json) -> Option<String> {
        let validator = match self.compiled.get_or_init(|| compiled(&self.schema)) {
            Ok(validator) => validator,
            // Nobody can tell whether it is kept.
            Err(why) => return Some(format!("it cannot be checked: {why}")),
        };
        let told: Vec<String> =
            validator.iter_errors(value).take(TOLD).map(|error| explain::sentence(&error)).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }
}
