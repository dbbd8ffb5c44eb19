//! What a key holds, in words.

use crate::fields::KeyType;

/// What a key holds: `text`, `a list of ...`, `one of ...`.
#[must_use]
pub fn described_type(ty: &KeyType) -> String {
    described(ty, &|name| name.to_owned())
}

/// The same; `table` writes the name of a mapping that has a table of its own.
pub(super) fn described(ty: &KeyType, table: &dyn Fn(&'static str) -> String) -> String {
    let words = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    match ty {
        KeyType::Any => "anything".to_owned(),
        KeyType::Text => "text".to_owned(),
        KeyType::Number => "a number".to_owned(),
        KeyType::Integer => "a whole number".to_owned(),
        KeyType::Bool => "`true` or `false`".to_owned(),
        KeyType::Enum(all) => format!("one of {}", words(all)),
        KeyType::Words(all) => format!("one of {}", words(all.official)),
        KeyType::TextList => "a text or a list of texts".to_owned(),
        KeyType::List(item) => format!("a list of {}", several(item, table)),
        KeyType::Map(item) => format!("a mapping from names to {}", several(item, table)),
        KeyType::Object(object) => table(object.name),
        KeyType::Named(object) => format!("a list, or a mapping from names, of {}", plural(&table(object.name))),
        KeyType::OneOf(types) => types.iter().map(|ty| described(ty, table)).collect::<Vec<_>>().join(", or "),
        KeyType::When(_, one, _) => described(one, table),
    }
}

fn several(ty: &KeyType, table: &dyn Fn(&'static str) -> String) -> String {
    match ty {
        KeyType::Object(object) => plural(&table(object.name)),
        KeyType::Text => "texts".to_owned(),
        other => described(other, table),
    }
}

/// `a tool` becomes `tools`; what cannot be counted stays.
fn plural(name: &str) -> String {
    match name.strip_prefix("a ").or_else(|| name.strip_prefix("an ")) {
        Some(noun) => format!("{noun}s").replace("ys", "ies"),
        None => name.to_owned(),
    }
}
