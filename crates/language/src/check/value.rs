//! Values: whether one is of a type at all, seen from outside, and what such a value is called.

use crate::{document::Node, fields::KeyType};

/// Whether a value is of a type, seen from outside.
pub(super) fn fits(node: &Node, ty: &KeyType) -> bool {
    match ty {
        KeyType::Any => true,
        KeyType::Text | KeyType::Enum(_) | KeyType::Words(_) => node.scalar_text().is_some(),
        KeyType::Number => node.as_number().is_some(),
        KeyType::Integer => node.as_i64().is_some() || node.as_str().is_some_and(|s| s.trim().parse::<i64>().is_ok()),
        KeyType::Bool => node.as_bool().is_some() || node.as_str().is_some_and(|s| s.parse::<bool>().is_ok()),
        KeyType::TextList => node.as_map().is_none(),
        KeyType::List(_) => node.as_seq().is_some(),
        KeyType::Map(_) | KeyType::Object(_) => node.as_map().is_some(),
        KeyType::Named(_) => node.as_seq().is_some() || node.as_map().is_some(),
        KeyType::OneOf(types) => types.iter().any(|ty| fits(node, ty)),
        KeyType::When(_, one, other) => fits(node, one) || fits(node, other),
    }
}

/// What a value of a type is called.
pub(super) fn expected(ty: &KeyType) -> String {
    let fixed = match ty {
        KeyType::Any => "a value",
        KeyType::Text | KeyType::Enum(_) | KeyType::Words(_) => "text",
        KeyType::Number => "a number",
        KeyType::Integer => "a whole number",
        KeyType::Bool => "`true` or `false`",
        KeyType::TextList => "text, or a list of texts",
        KeyType::List(_) => "a list",
        KeyType::Map(_) | KeyType::Object(_) => "a mapping",
        KeyType::Named(_) => "a list, or a mapping from names",
        KeyType::OneOf(types) => return types.iter().map(expected).collect::<Vec<_>>().join(", or "),
        KeyType::When(_, one, _) => return expected(one),
    };
    fixed.to_owned()
}
