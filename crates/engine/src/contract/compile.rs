//! Compiles schemas, with bounds on what their patterns may cost. What becomes of one that cannot be compiled is its user's to say.

use capstan_plan::schema::validator;
use jsonschema::Validator;
use serde_json::Value as Json;

/// A schema ready to check values.
///
/// # Errors
/// Why it cannot be, in words.
pub(super) fn compiled(schema: &Json) -> Result<Box<Validator>, String> {
    validator(schema, None).map(Box::new)
}
