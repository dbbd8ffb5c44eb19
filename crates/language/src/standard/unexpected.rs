//! Which keys a mapping may have by its schema, in any of its forms. A validator that gives up on a form calls all of its keys
//! unexpected; only those that no form knows are.

use std::collections::HashSet;

use serde_json::Value;

/// How many references and branches are followed.
const MAX_STEPS: usize = 10_000;

/// The names of properties that the schema around the keyword at `keyword` knows.
pub(super) fn known<'s>(schema: &'s Value, keyword: &str) -> HashSet<&'s str> {
    let mut names = HashSet::new();
    let around = keyword.rsplit_once('/').and_then(|(around, _)| schema.pointer(around));
    let mut waiting: Vec<&Value> = around.into_iter().collect();
    let mut seen: HashSet<&str> = HashSet::new();
    for _ in 0..MAX_STEPS {
        let Some(node) = waiting.pop() else { break };
        if let Some(properties) = node.get("properties").and_then(Value::as_object) {
            names.extend(
                properties.iter().filter(|(_, schema)| **schema != Value::Bool(false)).map(|(name, _)| name.as_str()),
            );
        }
        for union in ["allOf", "anyOf", "oneOf"] {
            waiting.extend(node.get(union).and_then(Value::as_array).into_iter().flatten());
        }
        if let Some(reference) = node.get("$ref").and_then(Value::as_str).filter(|reference| seen.insert(reference)) {
            waiting.extend(reference.strip_prefix('#').and_then(|pointer| schema.pointer(pointer)));
        }
    }
    names
}
