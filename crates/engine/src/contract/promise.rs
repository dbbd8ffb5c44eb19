//! The schema an author promises the answers of a tool satisfy.

use std::sync::OnceLock;

use jsonschema::{Draft, Validator};
use serde_json::Value as Json;

use super::explain;

/// How many failures are told.
const TOLD: usize = 5;

/// A promised schema; compiled on first use.
#[derive(Debug)]
pub struct Promise {
    schema: Json,
    compiled: OnceLock<Option<Box<Validator>>>,
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
        let compile = || jsonschema::options().with_draft(Draft::Draft202012).build(&self.schema).ok().map(Box::new);
        let validator = self.compiled.get_or_init(compile).as_deref()?;
        let told: Vec<String> =
            validator.iter_errors(value).take(TOLD).map(|error| explain::sentence(&error)).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }
}
