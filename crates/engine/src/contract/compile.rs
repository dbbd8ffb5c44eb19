//! Compiles schemas, with bounds on what their patterns may cost. What becomes of one that cannot be compiled is its user's to say.

use capstan_plan::budget::{BACKTRACKING, PATTERN};
use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value as Json;

/// A schema ready to check values.
///
/// # Errors
/// Why it cannot be, in words.
pub(super) fn compiled(schema: &Json) -> Result<Box<Validator>, String> {
    let built = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(PatternOptions::fancy_regex().size_limit(PATTERN).backtrack_limit(BACKTRACKING))
        .build(schema);
    built.map(Box::new).map_err(|error| error.to_string())
}
