//! The regular expressions in schemas of inputs. One that does not compile, or is too large, would leave an input unchecked, so the
//! unit that takes it does not run.

use capstan_plan::{Input, schema::validator};
use serde_json::{Value, json};

/// Keywords whose values are data, not schemas.
const DATA: [&str; 5] = ["default", "example", "examples", "enum", "const"];

/// What is wrong with the patterns of an input, in words.
pub(in crate::link) fn broken(input: &Input) -> Option<String> {
    if !input.enforced || !input.schema.mentions("\"pattern") {
        return None;
    }
    find(&input.schema)
}

fn find(schema: &Value) -> Option<String> {
    match schema {
        Value::Array(schemas) => schemas.iter().find_map(find),
        Value::Object(keywords) => keywords.iter().find_map(|(keyword, value)| match (keyword.as_str(), value) {
            ("pattern", Value::String(pattern)) => unusable(pattern),
            ("patternProperties", Value::Object(named)) => {
                named.keys().find_map(|pattern| unusable(pattern)).or_else(|| named.values().find_map(find))
            }
            ("properties" | "$defs" | "definitions" | "dependentSchemas", Value::Object(named)) => {
                named.values().find_map(find)
            }
            (keyword, _) if DATA.contains(&keyword) => None,
            (_, value) => find(value),
        }),
        _ => None,
    }
}

fn unusable(pattern: &str) -> Option<String> {
    validator(&json!({ "pattern": pattern }), None).is_err().then(|| {
        let shown: String = pattern.chars().take(80).collect();
        match shown.len() < pattern.len() {
            true => format!("the pattern `{shown}...` is no regular expression, or too large a one"),
            false => format!("the pattern `{shown}` is no regular expression, or too large a one"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_found_where_schemas_are() {
        for schema in [
            json!({"pattern": "["}),
            json!({"properties": {"a": {"items": {"pattern": "(?<x"}}}}),
            json!({"anyOf": [{"type": "null"}, {"patternProperties": {"(": {}}}]}),
            json!({"$defs": {"a": {"pattern": "((((x{1000}){1000}){1000}){1000})"}}}),
            json!({"not": {"pattern": "\\\\p{Nope}".replace("\\\\", "\\")}}),
            json!({"additionalProperties": {"pattern": "*"}}),
        ] {
            assert!(find(&schema).is_some(), "{schema}");
        }
        for schema in [
            json!({"pattern": "^[a-z]+$"}),
            json!({"pattern": "^(?=.*\\d)(?!x)\\w{3,}$"}),
            json!({"pattern": "\\d{4}-\\/\\p{L}"}),
            json!({"properties": {"pattern": {"type": "string", "default": {"pattern": "["}}}}),
            json!({"enum": [{"pattern": "["}]}),
        ] {
            assert_eq!(find(&schema), None, "{schema}");
        }
    }
}
