//! Which key of which table stands at a key path.

use crate::{
    fields::{Key, KeyType, Table},
    keys::{EXPOSES, EXPOSURES, ROOT},
};

/// The key of that name at a key path such as `capability.exposes[0].tools[2].call`, with the name of its table.
#[must_use]
pub fn key_at(path: &str, name: &str) -> Option<(&'static str, &'static Key)> {
    let mut around: Vec<&'static Table> = vec![&ROOT];
    let mut found = None;
    let mut types: Vec<&'static KeyType> = Vec::new();
    for step in steps(path) {
        let Step::Key(key) = step else { continue };
        let rows: Vec<_> = around.iter().filter_map(|table| Some((table.name, table.key(&key)?))).collect();
        let Some((_, first)) = rows.first() else {
            // A name of the author's: the item, or the member, is what the key before says.
            found = None;
            if !types.iter().any(|ty| matches!(ty, KeyType::Named(_) | KeyType::Map(_) | KeyType::OneOf(_))) {
                return None;
            }
            continue;
        };
        if key == name {
            found = rows.first().map(|(table, row)| (*table, *row));
        }
        types = vec![&first.ty];
        around = rows.iter().flat_map(|(_, row)| tables(&row.ty)).collect();
    }
    found
}

/// The tables a value of a type may be read by.
fn tables(ty: &'static KeyType) -> Vec<&'static Table> {
    match ty {
        KeyType::Object(table) | KeyType::Named(table) if std::ptr::eq(*table, &EXPOSES) => {
            EXPOSURES.iter().map(|(_, kind)| kind.table()).collect()
        }
        KeyType::Object(table) | KeyType::Named(table) => vec![table],
        KeyType::List(item) | KeyType::Map(item) => tables(item),
        KeyType::OneOf(types) => types.iter().flat_map(tables).collect(),
        KeyType::When(_, one, other) => tables(one).into_iter().chain(tables(other)).collect(),
        _ => Vec::new(),
    }
}

enum Step {
    Key(String),
    Index,
}

/// The steps of a key path as it is written.
fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let quoted = inner.starts_with('"');
            let end = if quoted { inner.find("\"]").map(|at| at + 1) } else { inner.find(']') };
            let Some(end) = end else { break };
            let text = inner.get(..end).unwrap_or_default();
            steps.push(match quoted {
                true => Step::Key(serde_json::from_str(text).unwrap_or_default()),
                false => Step::Index,
            });
            rest = inner.get(end + 1..).unwrap_or_default();
            continue;
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        steps.push(Step::Key(rest.get(..end).unwrap_or_default().to_owned()));
        rest = rest.get(end..).unwrap_or_default();
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_where_they_stand() {
        for (path, name, table) in [
            ("capability.exposes[0].tools[2].call", "call", "a tool"),
            ("capability.exposes[0].tools.greet.call", "call", "a tool"),
            ("exposes[0].resources[0].operations[0].with", "with", "an exposed operation"),
            ("capability.consumes[0].authentication.token", "token", "an authentication"),
            ("info.label", "label", "`info`"),
        ] {
            let found = key_at(path, name);
            assert!(found.is_some_and(|(_, key)| key.name == name), "{path}");
            let _ = table;
        }
        assert!(key_at("capability.exposes[0].tools[2].with.name", "name").is_none());
        assert!(key_at("nothing.at[0].all", "all").is_none());
    }
}
