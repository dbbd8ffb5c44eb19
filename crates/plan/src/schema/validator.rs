//! Schemas become validators here and nowhere else: the compiler of the library is generic, so each crate that calls it carries a
//! copy of all of it (1 MB). What is checked with a validator, and what is said of it, is its user's.

use jsonschema::{Draft, PatternOptions, Registry, Validator};
use serde_json::Value;

use crate::budget::{BACKTRACKING, PATTERN};

/// A schema ready to check values, with bounds on what its patterns may cost. `known` holds the documents it refers to.
///
/// # Errors
/// Why it cannot be, in words.
pub fn validator(schema: &Value, known: Option<&Registry<'_>>) -> Result<Validator, String> {
    let mut options = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(PatternOptions::fancy_regex().size_limit(PATTERN).backtrack_limit(BACKTRACKING));
    if let Some(known) = known {
        options = options.with_registry(known);
    }
    options.build(schema).map_err(|error| error.to_string())
}
