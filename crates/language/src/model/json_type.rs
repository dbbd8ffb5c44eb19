//! Words for types, as people write them.

/// The JSON type that a word for a type means.
pub(crate) fn json_type(word: &str) -> Option<&'static str> {
    Some(match word.trim().to_ascii_lowercase().as_str() {
        "string" | "text" | "str" | "uuid" | "date" | "datetime" | "date-time" | "uri" | "url" | "email" => "string",
        "integer" | "int" | "long" => "integer",
        "number" | "float" | "double" => "number",
        "boolean" | "bool" => "boolean",
        "array" | "list" => "array",
        "object" | "map" => "object",
        _ => return None,
    })
}
